"""Runs a project's tests and says of each what became of it; standard library only, Python >= 3.9.

Only the runner the project itself has (pytest, else unittest) is imported besides.
"""
