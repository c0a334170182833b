// What every GateUpkeep must do, as checks that the gates in memory and in Redis both pass.

public import FlashSale

/// One rule of the duties' half of the gate, with its check. Each check has a sale of its own, so all may run at once.
public struct GateUpkeepConformance: Sendable, CustomStringConvertible {
    /// The rule, as a sentence.
    public let description: String
    private let check: @Sendable (GateScene) async throws -> Void

    init(_ description: String, _ check: @escaping @Sendable (GateScene) async throws -> Void) {
        self.description = description
        self.check = check
    }

    /// Runs the check.
    ///
    /// - Throws: `ConformanceFailure` with what was expected and what came.
    public func run(on gate: any SaleGate & GateUpkeep) async throws {
        try await check(GateScene(gate: gate, upkeep: gate))
    }

    /// All rules.
    public static let all: [GateUpkeepConformance] = telling + loading
}
