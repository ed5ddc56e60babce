"""The file that `ruangkerja load` runs with Locust: one class of users that read lists."""

from ruangkerja.traffic.load.process.users import ContractUser


class Reader(ContractUser):
    """A user that reads the lists of the contract."""
