"""Passwords for new accounts, whoever asks for them at the same time."""

import multiprocessing
from pathlib import Path

from mailsim.accounts import Accounts
from mailsim.config import Person, PostOffice, World

OFFICE = PostOffice(people={f"p{number}": Person() for number in range(5)})


def provision(root: Path, start: "multiprocessing.synchronize.Barrier") -> None:
    accounts = Accounts(World(root, OFFICE, {}))
    start.wait()
    accounts.provision()


def test_two_processes_that_give_passwords_at_once_agree(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(3)
    processes = [context.Process(target=provision, args=(tmp_path, start)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    accounts = Accounts(World(tmp_path, OFFICE, {}))
    assert all(accounts.verify(each.name, accounts.password(each.name)) for each in accounts)
