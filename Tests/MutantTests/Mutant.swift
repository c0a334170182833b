// The service with one guard taken out. An audit that never failed proves nothing, so each mutant must be caught.

import Testing

/// A missing guard. The service knows nothing of mutants: SQL is changed before it is put in place, Lua on its way to
/// Redis, and the care of the flows and of the herald by a layer between them and what they talk to.
struct Mutant: Sendable, CustomTestStringConvertible {
    enum Change: Sendable {
        /// A wall is taken down by the SQL of `removal`; only that wall refuses `attempt`.
        case wall(removal: String, attempt: String)
        case schema([Cut])
        case scripts([Cut])
        case seam(Carelessness)
        case herald(HeraldCarelessness)
    }

    /// For `wall`, the name of the constraint or trigger.
    let name: String
    /// The missing guard, in words.
    let lacks: String
    let change: Change

    init(_ name: String, lacks: String, _ change: Change) {
        self.name = name
        self.lacks = lacks
        self.change = change
    }

    var testDescription: String { "\(name): \(lacks)" }

    static let all =
        walls + queueWalls + podWalls + schema + queues + registry + scripts + seams + heralds

    /// The few that run with the other tests: one in SQL, one in Lua, one in Swift.
    static let sample = all.filter { ["no_sale_lock", "blind_unlock", "fails_open"].contains($0.name) }
}
