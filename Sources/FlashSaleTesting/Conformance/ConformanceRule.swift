// What the rules of the suites have in common.

/// What the checks of a suite are written in.
protocol ConformanceScene {}

extension ConformanceScene {
    func expect<Value: Equatable>(_ value: Value, _ expected: Value, _ what: String) throws {
        guard value != expected else { return }
        throw ConformanceFailure(description: "\(what): expected \(expected), got \(value)")
    }
}

/// One rule of a suite, with its check. Each check has a scene of its own.
public struct ConformanceRule<Scene: Sendable>: Sendable, CustomStringConvertible {
    /// The rule, as a sentence.
    public let description: String
    private let check: @Sendable (Scene) async throws -> Void

    init(_ description: String, _ check: @escaping @Sendable (Scene) async throws -> Void) {
        self.description = description
        self.check = check
    }

    /// Runs the check.
    ///
    /// - Throws: `ConformanceFailure` with what was expected and what came.
    public func run(on scene: Scene) async throws { try await check(scene) }
}
