// The draw: a seed gives numbers that anybody can compute, and that nobody is favoured by.

import FlashSale
import Foundation
import Testing
import WaitingRoom

@Suite("The draw")
struct DrawTests {
    private static let seedOfAnn = String(repeating: "0123456789abcdef", count: 4)

    @Test("A seed is 64 digits, and its commit is their SHA-256")
    func commit() throws {
        let seed = try #require(DrawSeed(Self.seedOfAnn))
        #expect(seed.commit == "a8ae6e6ee929abea3afcfc5258c8ccd6f85273e0d4626d26c7279f3250f77c8e")
        for text in ["", "0123", Self.seedOfAnn.uppercased(), Self.seedOfAnn + "0", "é" + Self.seedOfAnn.dropFirst(2)] {
            #expect(DrawSeed(text) == nil)
        }
    }

    @Test("A number lies among the tickets, and is the same each time", arguments: [1, 2, 50_000, Int32.max])
    func range(count: Int32) throws {
        let seed = try #require(DrawSeed(Self.seedOfAnn))
        for index in 0..<1_000 {
            let buyer = try #require(BuyerID("buyer-\(index)"))
            let number = seed.number(of: buyer, in: SaleID(3), among: count)
            #expect((1...count).contains(number))
            #expect(number == seed.number(of: buyer, in: SaleID(3), among: count))
        }
    }

    @Test("Who came first has no better number")
    func fairness() throws {
        let buyers = try (0..<Fairness.buyers).map { try #require(BuyerID("b\($0)")) }
        #expect(try Fairness.verdict { seed, index in seed.number(of: buyers[index], in: SaleID(1), among: 10_000) })
    }

    @Test("A draw that favours the early by a twentieth is found out")
    func unfairness() throws {
        let buyers = try (0..<Fairness.buyers).map { try #require(BuyerID("b\($0)")) }
        let isFair = try Fairness.verdict(seeds: 40) { seed, index in
            let number = seed.number(of: buyers[index], in: SaleID(1), among: 10_000)
            return index < Fairness.buyers / 2 ? number * 95 / 100 : number
        }
        #expect(!isFair)
    }
}

/// Statistics of many draws. Buyers are numbered in the order of their arrival.
enum Fairness {
    static let buyers = 10_000
    private static let deciles = 10
    /// Of two samples of 5,000, the greatest distance between their distributions, passed by one draw in a hundred.
    private static let kolmogorovSmirnov = 0.03256
    /// Of a table of ten by ten, passed by one draw in a hundred (81 degrees of freedom).
    private static let chiSquare = 113.5
    /// Of 200 fair draws two pass a limit, more than ten of them once in 50,000 times.
    private static let outliersMax = 10

    /// Whether no more draws look unfair than chance allows.
    static func verdict(seeds: Int = 200, _ number: @Sendable (DrawSeed, Int) -> Int32) throws -> Bool {
        let seeds = try (1...seeds).map { try #require(DrawSeed(String(format: "%064x", $0))) }
        let figures = Figures(count: seeds.count)
        DispatchQueue.concurrentPerform(iterations: seeds.count) { index in
            let numbers = (0..<buyers).map { number(seeds[index], $0) }
            figures.set(index, distance: distance(numbers), chiSquare: chiSquare(numbers))
        }
        return figures.distances.count { $0 > kolmogorovSmirnov } <= outliersMax
            && figures.chiSquares.count { $0 > chiSquare } <= outliersMax
    }

    /// Kolmogorov and Smirnov: how far the numbers of the early half and those of the late half are apart.
    private static func distance(_ numbers: [Int32]) -> Double {
        var early = [Int](repeating: 0, count: buyers + 1)
        var late = early
        for (index, number) in numbers.enumerated() {
            if index < buyers / 2 { early[Int(number)] += 1 } else { late[Int(number)] += 1 }
        }
        var (difference, greatest) = (0, 0)
        for number in 1...buyers {
            difference += early[number] - late[number]
            greatest = max(greatest, abs(difference))
        }
        return Double(greatest) / Double(buyers / 2)
    }

    /// Pearson: the deciles of arrival against the deciles of numbers.
    private static func chiSquare(_ numbers: [Int32]) -> Double {
        var table = [Double](repeating: 0, count: deciles * deciles)
        for (index, number) in numbers.enumerated() {
            table[index * deciles / buyers * deciles + (Int(number) - 1) * deciles / buyers] += 1
        }
        return table.reduce(0) { sum, count in
            let expected = Double(buyers) / Double(deciles * deciles)
            return sum + (count - expected) * (count - expected) / expected
        }
    }

    private final class Figures: @unchecked Sendable {
        private let lock = NSLock()
        private(set) var distances: [Double]
        private(set) var chiSquares: [Double]

        init(count: Int) {
            distances = Array(repeating: 0, count: count)
            chiSquares = distances
        }

        func set(_ index: Int, distance: Double, chiSquare: Double) {
            lock.withLock {
                distances[index] = distance
                chiSquares[index] = chiSquare
            }
        }
    }
}
