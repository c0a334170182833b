// What every SaleGate must do, as checks that the gates in memory and in Redis both pass, and the gate behind a
// breaker.

public import FlashSale

/// One rule of the buyers' half of the gate, with its check. Each check has a sale of its own, so all may run at once.
public struct SaleGateConformance: Sendable, CustomStringConvertible {
    /// The rule, as a sentence.
    public let description: String
    private let check: @Sendable (GateScene) async throws -> Void

    init(_ description: String, _ check: @escaping @Sendable (GateScene) async throws -> Void) {
        self.description = description
        self.check = check
    }

    /// Runs the check.
    ///
    /// - Parameter upkeep: loads the same gate.
    /// - Throws: `ConformanceFailure` with what was expected and what came.
    public func run(on gate: any SaleGate, upkeep: any GateUpkeep) async throws {
        try await check(GateScene(gate: gate, upkeep: upkeep))
    }

    /// All rules.
    public static let all: [SaleGateConformance] = reserving + settling + locking
}
