"""The watch: changed companies are looked at again, cases open and stop by themselves."""
