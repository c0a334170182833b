// The level under given delays, and the places of connections.

import Telemetry
import Testing
import Textbook

@testable import FlashSale

@Suite("The admission level")
struct AdmissionLevelTests {
    private static let evenly = [UInt64](repeating: 100, count: RequestClass.all.count)

    /// The level after so many times 100 ms of these delays, with so many requests of each class.
    private static func level(
        after steps: Int, from level: AdmissionLevel = AdmissionLevel(), loop: Duration = .zero,
        ledger: Duration = .zero, letIn: [UInt64] = evenly, keptOut: UInt64 = 0
    ) -> AdmissionLevel {
        var level = level
        for _ in 0..<steps { level.judge(loopDelay: loop, ledgerDelay: ledger, letIn: letIn, keptOut: keptOut) }
        return level
    }

    @Test(
        "Either delay lowers the level to its bottom in a second, and then 4.3 s of calm let everything in",
        arguments: [
            (Duration.milliseconds(6), Duration.zero), (.zero, .milliseconds(21)), (.seconds(3), .seconds(3)),
        ])
    func fallAndRise(loop: Duration, ledger: Duration) {
        let low = Self.level(after: 10, loop: loop, ledger: ledger)
        #expect(Self.level(after: 9, loop: loop, ledger: ledger).value > 2)
        #expect(low.value == 2 && !low.isWhole)
        #expect(Self.level(after: 100, loop: loop, ledger: ledger).value == 2)
        #expect(!Self.level(after: 41, from: low).isWhole)
        #expect(Self.level(after: 43, from: low).isWhole)
        #expect(Self.level(after: 1_000, from: low).value == 6)
    }

    @Test("Delays within their target and two beyond it are no overload; the third in a row lowers the level a little")
    func targets() {
        #expect(Self.level(after: 100, loop: .milliseconds(5), ledger: .milliseconds(20)).isWhole)
        #expect(Self.level(after: 2, loop: .seconds(1)).isWhole)
        #expect((5.94..<5.96).contains(Self.level(after: 3, loop: .microseconds(5_500)).value))
        #expect((5.94..<5.96).contains(Self.level(after: 3, ledger: .microseconds(20_500)).value))
        var level = AdmissionLevel()
        for _ in 1...4 { level = Self.level(after: 1, from: Self.level(after: 2, from: level, loop: .seconds(1))) }
        #expect(level.isWhole, "pauses add up")
    }

    @Test("From the third on, delays in a row lower the level by more and more; a calm between them starts that over")
    func steps() {
        #expect((5.59..<5.61).contains(Self.level(after: 6, loop: .seconds(1)).value))
        #expect((5.19..<5.21).contains(Self.level(after: 7, loop: .seconds(1)).value))
        var level = Self.level(after: 3, loop: .seconds(1))
        for _ in 1...3 {
            level = Self.level(after: 1, from: level)
            level = Self.level(after: 1, from: level, loop: .seconds(1))
        }
        #expect((5.85..<5.95).contains(level.value))
    }

    @Test("What a crowd has kept out lowers the level by its factor at once; hardly anybody lowers nothing")
    func crowd() {
        func value(after steps: Int, keptOut: UInt64) -> Double {
            Self.level(after: steps, letIn: [0, 100, 300, 0, 0, 0], keptOut: keptOut).value
        }
        #expect(value(after: 100, keptOut: 20) == 6)
        #expect(value(after: 2, keptOut: 2_800) == 6)
        // Eight times as many came as were let in: three tenths, beside the first fall.
        #expect((2.64..<2.66).contains(value(after: 3, keptOut: 2_800)))
        #expect(value(after: 3, keptOut: .max / 2) == 2)
        #expect(value(after: 20, keptOut: 2_800) == 2)
    }

    @Test("The level falls through classes that are no part of the load, and no further")
    func sparseClasses() {
        func value(_ letIn: UInt64...) -> Double { Self.level(after: 3, ledger: .seconds(1), letIn: letIn).value }
        #expect((2.94..<2.96).contains(value(10, 40, 50, 0, 0, 0)))
        #expect((2.94..<2.96).contains(value(10, 40, 46, 0, 4, 0)))
        #expect((4.94..<4.96).contains(value(10, 40, 30, 0, 20, 0)))
        #expect((5.94..<5.96).contains(value(0, 0, 0, 0, 0, 0)))
        for number in 3...20 {
            let level = Self.level(after: number, loop: .seconds(1), letIn: [90, 10, 0, 0, 0, 0])
            #expect(level.value == 2, "who cannot be shed is, or others are let in")
        }
        let low = Self.level(after: 10, ledger: .seconds(1))
        #expect(Self.level(after: 1, from: low, ledger: .seconds(1), letIn: [0, 0, 0, 0, 0, 90]).value == 2)
    }

    @Test("After a crush the level is soon back where it stood, and goes on from there in 20 s a climb")
    func memory() {
        let low = Self.level(after: 10, loop: .seconds(1))
        // Nearly right: 2.8, where the first delay was a little too long, and 2.75 after it.
        let crushed = Self.level(after: 9, from: Self.level(after: 8, from: low), loop: .seconds(1))
        #expect(crushed.value == 2)
        let back = Self.level(after: 8, from: crushed)
        #expect((2.74..<2.76).contains(back.value))
        #expect((2.94..<2.96).contains(Self.level(after: 10, from: back).value))
        #expect(!Self.level(after: 161, from: back).isWhole)
        #expect(Self.level(after: 163, from: back).isWhole)
    }

    @Test("At any level operators and holders are let in, at the top everybody")
    func classes() {
        let (top, bottom) = (AdmissionLevel().bar, Self.level(after: 10, loop: .seconds(1)).bar)
        for number in [0, 1, 1 << 40, .max - 1, .max] as [UInt64] {
            let place = AdmissionPlace(drawnBy: number)
            for kind in RequestClass.all {
                #expect(place.place(of: kind) < top)
                #expect((place.place(of: kind) < bottom) == (kind == .operations || kind == .holder), "\(kind)")
            }
        }
    }

    @Test("A tenth of the level lets in twice as many connections of a class")
    func places() {
        var generator = SplitMix64(seed: 7)
        let places = (0..<100_000).map { _ in AdmissionPlace(drawnBy: generator.next()).place(of: .operations) }
        for tenth in 1...9 {
            let bar = UInt32(Double(tenth) / 10 * 65_536)
            let share = Double(places.count { $0 < bar }) / Double(places.count)
            let expected = 1 / Double(1 << (10 - tenth))
            #expect(abs(share - expected) < 0.1 * expected + 0.001, "\(share) of \(expected)")
        }
    }
}
