// Identifiers: one text form each, and nothing else parses.

import FlashSale
import Testing

@Suite struct IdentifierTests {
    @Test("An identifier reads what it writes")
    func roundTrip() {
        let sale = SaleID(7)
        #expect(SaleID("7") == sale)
        #expect(ItemID("ITM-7-42") == ItemID(sale: sale, number: 42))
        #expect(ItemID(sale: sale, number: 42).description == "ITM-7-42")
        let code = CheckoutCode(sale: sale, high: 0x0123_4567_89ab_cdef, low: 0xfe)
        #expect(code.description == "CHK-7-0123456789abcdef00000000000000fe")
        #expect(CheckoutCode(code.description) == code)
        #expect(OrderID(sale: sale, number: 12).description == "ORD-7-12")
    }

    @Test(
        "A text that is not an item's one form names no item",
        arguments: [
            "", "ITM", "ITM-", "ITM-7", "ITM-7-", "ITM-07-1", "ITM-7-01", "ITM-0-1", "ITM-7-0", "ITM--7-1", "ITM-7--1",
            "ITM-7-1 ", " ITM-7-1", "itm-7-1", "ITM-7-1-1", "ITM-7-2147483648", "ITM-7-+1", "ITM-7-١", "CHK-7-1",
        ])
    func malformedItems(text: String) {
        #expect(ItemID(text) == nil)
    }

    @Test(
        "A text that is not a code's one form names no code",
        arguments: [
            "", "CHK-7-", "CHK-7-0123456789abcdef00000000000000f", "CHK-7-0123456789abcdef00000000000000fe0",
            "CHK-7-0123456789ABCDEF00000000000000FE", "CHK-7-0123456789abcdef-0000000000000fe",
            "CHK-0-0123456789abcdef00000000000000fe", "CHK-x-0123456789abcdef00000000000000fe",
            "CHK-7-+123456789abcdef+0000000000000fe",
        ])
    func malformedCodes(text: String) {
        #expect(CheckoutCode(text) == nil)
    }

    @Test(
        "A buyer is 1 to 64 of the allowed characters",
        arguments: [
            ("a", true), ("A-z_0.9:@", true), (String(repeating: "x", count: 64), true), ("", false),
            (String(repeating: "x", count: 65), false), ("a b", false), ("a/b", false), ("a\u{0}b", false),
            ("ä", false), ("a;b", false), ("a[b", false), ("a`b", false), ("a{b", false),
        ])
    func buyers(text: String, isWellFormed: Bool) {
        #expect((BuyerID(text) != nil) == isWellFormed)
        #expect((IdempotencyKey(text) != nil) == isWellFormed)
    }

    @Test("Each code is minted once, from the given random words")
    func minting() {
        let mint = CodeMint { count in (0..<UInt64(count)).map { $0 } }
        let codes = (0..<64).map { _ in mint.mint(SaleID(1)) }
        #expect(Set(codes).count == 64)
        #expect(codes.allSatisfy { $0.sale == SaleID(1) })
    }
}
