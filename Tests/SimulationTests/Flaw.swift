// Flaws of the simulated decisions: each lacks one guard. A simulation that never failed proves nothing.

import Testing

/// A missing guard. The decisions themselves are complete: the world acts on them as a service without the guard would.
enum Flaw: String, CaseIterable, Sendable, CustomTestStringConvertible {
    // Of the breaker.
    case neverProbes = "the breaker never half-opens"
    case everyoneProbes = "while the breaker is open every buyer asks"
    case believesOldNews = "a reply to a step from before the breaker opened closes it"
    case blamesTheGate = "a buyer that hangs up counts as a failure of the gate"
    // Of the admission level.
    case staysDown = "the level never rises"
    case staysUp = "the level never falls"
    case fallsAtOnce = "the level falls to its bottom at once"
    case deafToTheLoop = "the level does not hear of the loops' delay"
    case deafToTheLedger = "the level does not hear of the ledger's delay"
    case shedsHolders = "a holder's request counts as a checkout"
    case looksFirst = "who looks around is let in before who checks out"
    case drawsAnew = "each request of a connection draws its own place"
    // Of tokens.
    case anyKeyIsShared = "a token with an unknown kid is checked with the shared secret"
    case tokenNamesAlgorithm = "a published key checks by the algorithm that the token names"
    case keepsOldKeys = "a key that was taken back is still asked"
    case anyAudience = "a token for another service counts"
    case anyClaims = "a token without the claims that must hold counts"
    case knowsNoTime = "a token counts at any time"
    // Of a duty's lock.
    case leaseWithoutDeadline = "a lease has no deadline"
    case unlocksBlindly = "a lock is released without its token"
    case fenceNotRaised = "a new holder gets the old fence"
    // Of the batches.
    case answersBeforeCommit = "a request gets its outcome before its batch is committed"
    case sendsTwice = "a batch that has ended is sent again"
    // Of gate and ledger.
    case releasesTwice = "a hold is released twice, though another may hold its unit"
    case forgetsTheLost = "the drift check does not mend a lost fact"
    case doubtsNothing = "the drift check is not told of which unit the gate may have another holder"
    // Of the rebuild.
    case epochNotRaised = "a rebuild does not raise the epoch"
    case factsNotKept = "a fact that is told during a load is not kept"

    // Of the waiting room.
    case favoursTheLate = "a late buyer gets the next number that is called"
    case callsBack = "called falls"
    case ignoresStock = "the usher takes no account of the stock"
    case countsAbsenteesAsCome = "who was called counts as come"
    case tellsBehindTheStock = "a wait is told behind the last free unit"
    case waitsForTheClock = "a free unit waits until a clock that was set back has made up"

    // Of a client of a cluster.
    case followsAsk = "a client follows ASK to where a slot has not arrived"
    case forgetsMoved = "what MOVED names does not count before the nodes are asked"
    case asksAgainWhereItIsNot = "a call is made again at the node that does not serve its slot"
    case believesTheCutOff = "a node that is cut off is asked for the map as the others are"
    case isBlindToLosses = "a lost connection does not ask for the map"

    // Of shops' moves.
    case tellsBeforeGiving = "the next pod hears of a shop before it is given away"
    case believesOldWords = "an earlier word on a shop counts as news"
    case forgetsTheLastSale = "the next pod does not hear when the shop's last sale ends"

    var testDescription: String { rawValue }

    /// Runs the world of this flaw.
    ///
    /// - Throws: `Breach` when the flaw shows.
    func run(seed: UInt64, steps: Int) async throws {
        switch self {
        case .neverProbes, .everyoneProbes, .believesOldNews, .blamesTheGate:
            try await Simulation.run(BreakerWorld.self, seed: seed, steps: steps, flaw: self)
        case .staysDown, .staysUp, .fallsAtOnce, .deafToTheLoop, .deafToTheLedger, .shedsHolders, .looksFirst,
            .drawsAnew:
            try await Simulation.run(AdmissionWorld.self, seed: seed, steps: steps, flaw: self)
        case .anyKeyIsShared, .tokenNamesAlgorithm, .keepsOldKeys, .anyAudience, .anyClaims, .knowsNoTime:
            try await Simulation.run(TokenWorld.self, seed: seed, steps: steps, flaw: self)
        case .leaseWithoutDeadline, .unlocksBlindly, .fenceNotRaised:
            try await Simulation.run(DutyWorld.self, seed: seed, steps: steps, flaw: self)
        case .answersBeforeCommit, .sendsTwice:
            try await Simulation.run(BatchWorld.self, seed: seed, steps: steps, flaw: self)
        case .releasesTwice, .forgetsTheLost, .doubtsNothing:
            try await Simulation.run(SaleWorld.self, seed: seed, steps: steps, flaw: self)
        case .epochNotRaised, .factsNotKept:
            try await Simulation.run(RebuildWorld.self, seed: seed, steps: steps, flaw: self)
        case .favoursTheLate, .callsBack, .ignoresStock, .countsAbsenteesAsCome, .tellsBehindTheStock,
            .waitsForTheClock:
            try await Simulation.run(RoomWorld.self, seed: seed, steps: steps, flaw: self)
        case .followsAsk, .forgetsMoved, .asksAgainWhereItIsNot, .believesTheCutOff, .isBlindToLosses:
            try await Simulation.run(ClusterWorld.self, seed: seed, steps: steps, flaw: self)
        case .tellsBeforeGiving, .believesOldWords, .forgetsTheLastSale:
            try await Simulation.run(MoveWorld.self, seed: seed, steps: steps, flaw: self)
        }
    }
}
