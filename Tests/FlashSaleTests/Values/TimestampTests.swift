// The text form of a point in time, against known dates.

import FlashSale
import Testing

@Suite struct TimestampTests {
    @Test(
        "A timestamp is written as RFC 3339 in UTC with milliseconds",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_399_999_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000Z"), (951_868_800_000_000, "2000-03-01T00:00:00.000Z"),
            (1_767_225_599_000_000, "2025-12-31T23:59:59.000Z"), (1_795_248_090_570_999, "2026-11-21T08:01:30.570Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000Z"), (-1_000, "1969-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func wireForm(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
    }

    @Test("Durations add up to the microsecond")
    func arithmetic() {
        let time = Timestamp(microseconds: 10) + .milliseconds(2)
        #expect(time.microseconds == 2_010)
        #expect(time - Timestamp(microseconds: 10) == .milliseconds(2))
        #expect(Duration.milliseconds(-1).microseconds == -1_000)
    }
}
