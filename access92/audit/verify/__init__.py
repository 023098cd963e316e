"""Sealed runs: a finished run checked against its manifest, then made again and compared, figure by figure."""

from access92.audit.verify.verified_runs import Verification, verification_text, verify_run

__all__ = ["Verification", "verification_text", "verify_run"]
