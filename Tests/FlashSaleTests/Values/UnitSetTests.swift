// Sets of units: their form on the wire, their parts, and how they are searched.

import FlashSale
import Testing

@Suite struct UnitSetTests {
    private func set(_ unitCount: Int, _ ordinals: Int...) -> UnitSet {
        var set = UnitSet(unitCount: unitCount)
        for ordinal in ordinals { set.insert(ordinal) }
        return set
    }

    @Test("The highest bit of the first byte is the first unit, and the bits past the last one are 0")
    func bytes() {
        #expect(set(10, 0, 9).bytes == [0x80, 0x40])
        #expect(UnitSet.all(10).bytes == [0xFF, 0xC0])
        #expect(UnitSet(unitCount: 10, bytes: [0xFF, 0xFF, 0xFF]) == .all(10))
        #expect(UnitSet(unitCount: 70, bytes: [0x01]) == set(70, 7), "missing bytes count as 0")
    }

    @Test("A set has its units back from its bytes", arguments: [1, 7, 8, 63, 64, 65, 1_000])
    func roundTrip(unitCount: Int) {
        let some = set(unitCount, 0, unitCount / 2, unitCount - 1)
        #expect(UnitSet(unitCount: unitCount, bytes: some.bytes) == some)
        #expect(some.bytes.count == (unitCount + 7) / 8)
        #expect(UnitSet.all(unitCount).count == unitCount)
    }

    @Test("A unit is in a set from its insertion to its removal")
    func membership() {
        var some = set(100, 3, 64)
        #expect([3, 4, 64].map(some.contains) == [true, false, true])
        some.remove(3)
        some.remove(3)
        #expect(some == set(100, 64) && some.count == 1)
    }

    @Test("Sets are combined unit by unit")
    func combinations() {
        let (left, right) = (set(100, 1, 2, 99), set(100, 2, 3))
        #expect(left.union(right) == set(100, 1, 2, 3, 99))
        #expect(left.intersection(right) == set(100, 2))
        #expect(left.symmetricDifference(right) == set(100, 1, 3, 99))
    }

    @Test("A search begins anywhere, goes around the end, and stops at its limit")
    func search() {
        let some = set(130, 0, 5, 63, 64, 129)
        #expect(some.ordinals(from: 0, atMost: 9) == [0, 5, 63, 64, 129])
        #expect(some.ordinals(from: 6, atMost: 9) == [63, 64, 129, 0, 5])
        #expect(some.ordinals(from: 64, atMost: 3) == [64, 129, 0])
        #expect(some.ordinals(from: 130, atMost: 1) == [0])
        #expect(some.ordinals(from: 0, atMost: 0) == [])
    }

    @Test("A part is replaced whole, and nothing else is")
    func parts() {
        var some = UnitSet.all(200)
        some.replace(from: 64, with: set(64, 1))
        #expect(some.count == 137 && some.contains(65) && !some.contains(64) && some.contains(128))
        some.replace(from: 128, with: set(72, 71))
        #expect(some.count == 66 && some.contains(199))
    }
}
