"""The named attacks on each rule of trust.md: ``file::test`` from this folder, or what the rule waits for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class NotYet:
    """The part a rule is about does not exist; ``page`` comes with it."""

    part: str
    page: str


STATION = NotYet("station", "docs/station")

ATTACKS: dict[int, tuple[str | NotYet, ...]] = {
    1: (
        "test_consoles.py::test_a_page_that_shows_another_payee_than_the_bytes",
        "test_consoles.py::test_a_hash_instead_of_the_bytes",
        "test_consoles.py::test_a_friendly_name_for_the_address_of_the_thief",
        STATION,
    ),
    2: (
        "test_trust_store.py::test_a_forged_approval_beside_a_payout",
        "test_trust_store.py::test_words_of_officers_about_something_else",
        "test_forged_spends.py::test_a_maker_the_attacker_made_up",
        "test_forged_spends.py::test_an_intent_under_another_policy",
    ),
    3: (
        "test_forged_spends.py::test_the_same_intent_with_another_transaction",
        "test_forged_spends.py::test_the_second_coin_after_the_first_was_signed_for",
        "test_forged_spends.py::test_the_same_coin_for_the_other_party",
    ),
    4: (
        "test_forged_spends.py::test_a_clear_screening_allows_nothing",
        "test_forged_spends.py::test_an_amount_that_is_not_that_of_the_coin",
        "test_trust_store.py::test_a_fact_of_a_witness_of_its_own",
    ),
    5: (
        "test_forged_terms.py::test_other_terms_for_the_same_script",
        "test_forged_terms.py::test_a_forged_signature_of_a_party",
        "test_forged_terms.py::test_replaced_rows_mean_nothing_to_the_signer",
    ),
    6: (
        "test_registries.py::test_an_address_in_the_book_of_a_client",
        "test_registries.py::test_the_money_of_a_client_without_the_clients_word",
    ),
    7: (
        "test_forged_spends.py::test_coins_of_another_deal",
        "test_registries.py::test_a_key_of_its_own_as_a_wallet_of_the_house",
        "test_registries.py::test_another_public_key_under_the_id_of_ours",
    ),
    8: (
        "test_trust_store.py::test_a_mandate_of_its_own",
        "test_forged_spends.py::test_a_mandate_the_attacker_made_up",
    ),
    9: (
        "test_registries.py::test_a_token_and_a_method_of_its_own",
        "test_registries.py::test_a_delegatecall_out_of_a_safe",
    ),
    10: ("test_forged_spends.py::test_a_fee_to_the_moon",),
    11: (
        "test_consoles.py::test_the_mark_of_a_clock_that_waits",
        "test_forged_spends.py::test_an_expired_intent",
        "test_forged_spends.py::test_an_intent_that_never_expires",
    ),
    12: (
        "test_queue.py::test_a_task_of_another_name",
        "test_queue.py::test_nothing_is_started_afterwards",
        "test_processes.py::test_the_signer_loads_nothing_of_the_web",
    ),
    13: (
        "test_files_and_processes.py::test_the_signers_files",
        "test_rewind.py::test_a_second_signer_on_the_running_ones_store",
    ),
    14: (
        "test_oracles.py::test_another_key_asked_to_spend",
        "test_oracles.py::test_a_transaction_digest_as_attributes_of_a_seal",
        "test_oracles.py::test_a_digest_inside_a_key_proof",
    ),
    15: (
        "test_files_and_processes.py::test_the_signers_token_even_with_its_pin",
        "test_registries.py::test_a_key_of_its_own_as_a_wallet_of_the_house",
        "test_kept_keys.py::test_a_template_of_its_own",
        "test_kept_keys.py::test_ending_a_key_that_is_needed",
    ),
    16: (
        "../offline/test_counter.py::test_a_transaction_that_pays_another_is_shown_as_it_is_and_refused",
        "../offline/test_carried.py::test_a_forged_refusal_does_not_free_the_coins",
        "../offline/test_live.py::test_the_webs_role_answers_no_request_of_the_queue",
    ),
    17: (
        "test_registries.py::test_an_attestation_for_an_address_of_its_own",
        "test_kept_keys.py::test_an_address_of_a_wallet_it_made_up",
    ),
    18: (
        "test_consoles.py::test_a_second_genesis",
        "test_consoles.py::test_commands_of_the_signers_console",
    ),
    19: (
        "test_trust_store.py::test_enrolling_a_credential_of_its_own",
        "test_trust_store.py::test_one_officer_is_not_a_quorum",
        "test_trust_store.py::test_replayed_and_reordered_documents",
    ),
    20: (
        "test_rewind.py::test_an_old_store_under_the_present_head",
        "test_rewind.py::test_store_and_head_restored_together",
        "test_audit_history.py::test_the_signer_does_not_sign_a_second_history",
    ),
    21: (
        "test_trust_store.py::test_undoing_a_kill",
        "test_consoles.py::test_commands_of_the_signers_console",
    ),
}
