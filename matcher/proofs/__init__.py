"""Proofs about rules over all companies at once, by z3 (the extra ``proofs``)."""
