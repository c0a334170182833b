// A buyer's lane is the same everywhere, and codes name it.

import FlashSale
import Testing

@Suite struct LaneTests {
    @Test(
        "A buyer's lane follows from FNV-1a, by its published values",
        arguments: [("a", 0xAF63_DC4C_8601_EC8C), ("foobar", 0x8594_4171_F739_67E8)] as [(String, UInt64)])
    func ofBuyers(name: String, hash: UInt64) throws {
        let buyer = try #require(BuyerID(name))
        for count: Int32 in [2, 7, 64] {
            #expect(Self.sale(lanes: count).lane(of: buyer) == Lane(UInt8(hash % UInt64(count))))
        }
        #expect(Self.sale(lanes: 1).lane(of: buyer) == nil)
    }

    @Test("A code keeps 120 random bits and has its lane before them; without lanes, all bits are random")
    func ofCodes() {
        let mint = CodeMint { count in [UInt64](repeating: .max, count: count) }
        let sale = Self.sale(lanes: 4)
        for lane in sale.lanes {
            let code = mint.mint(sale.id, in: lane)
            #expect(sale.lane(of: code) == lane)
            #expect(code.high == UInt64.max >> 8 | UInt64(lane?.number ?? 0) << 56 && code.low == .max)
            #expect(sale.mayHave(code))
        }
        let any = mint.mint(sale.id)
        #expect(any.high == .max && any.low == .max)
        #expect(Self.sale(lanes: 1).lane(of: any) == nil && Self.sale(lanes: 1).mayHave(any))
        #expect(!sale.mayHave(any))
    }

    @Test("A plan of no lane, or of more than 64, is refused in one sentence", arguments: [0, 65])
    func plans(count: Int) {
        let plan = SalePlan(
            startedAt: Timestamp(microseconds: 0), endedAt: Timestamp(microseconds: 9), itemCount: 1, stockPerItem: 1,
            maxItemsPerBuyer: 1, hold: .seconds(1), laneCount: count)
        #expect(plan.problems() == ["lanes": "must be from 1 to 64"])
    }

    private static func sale(lanes: Int32) -> Sale {
        Sale(
            id: SaleID(1), startedAt: Timestamp(microseconds: 0), endedAt: Timestamp(microseconds: 9), itemCount: 1,
            stockPerItem: 1, maxItemsPerBuyer: 1, hold: .seconds(1), epoch: 1, laneCount: lanes)
    }
}
