"""What a schema cannot say: the rules by which danpay refuses what fits its schema, each with its reason.

This check takes the place of `positive_data_acceptance`, which it calls for whatever is not excepted here.
"""

import re

import schemathesis
from schemathesis.specs.openapi.checks import positive_data_acceptance

# Of two members, or of how the payment stands.
COMPARED = "a schema looks at one member alone, and at nothing that danpay knows"
# Blanks alone are an empty text; and PHP, Python and JavaScript have no pattern in common for control characters.
WRITTEN = "which characters there may be, no pattern says in all languages of the generated clients"
# Whether it is one is for the parser of addresses.
ADDRESS = "a pattern says how an address begins, not what is one"
# The shop's own.
SHOP = "which there are is the shop's own, and danpay's operator says it"
# 2026-02-30 fits.
DAY = "a pattern says how a day is written, not which days there are"

# The member, what danpay says of it, and why no schema says so.
RULES = [
    (r"order_id|user_id|item_name|item_code|reason|description|metadata(\..*)?|return_url|redirect_scheme_url",
     r"must not (be empty|have control characters|have characters that cannot be seen).*", WRITTEN),
    (r"amount\.(tax_free|vat|green_deposit)", r"must not be above what is left of amount\.total .*", COMPARED),
    (r"amount\.(total|tax_free|vat)", r"must be at (most|least) .*", COMPARED),
    (r"send_missed", r"goes with enabled: true", COMPARED),
    (r"created_to", r"must be later than created_from", COMPARED),
    (r"from", r"must be before the end of the time", COMPARED),
    (r"created_from|created_to|from|to", r"must be a day in Korea, .*", DAY),
    (r"return_url", r"must be an absolute http or https URL.*", ADDRESS),
    (r"redirect_scheme_url", r"must be an address of your app's own scheme, .*", ADDRESS),
    (r"return_url|redirect_scheme_url", r"must have at most .* characters.*", ADDRESS),
    (r"cid", r"must be of one of the shop's contracts with KakaoPay: .*", SHOP),
]


@schemathesis.check
def what_fits_is_accepted(context, response, case):
    if response.status_code == 422:
        wrong = response.json().get("errors", [])
        if wrong and all(is_excepted(error) for error in wrong):
            return None
    return positive_data_acceptance(context, response, case)


def is_excepted(error):
    member, said = error["field"], error["message"]
    return any(
        re.fullmatch(members, member) and re.fullmatch(words, said, re.DOTALL)
        for members, words, _reason in RULES
    )
