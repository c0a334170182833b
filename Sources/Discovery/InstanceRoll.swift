// What one instance knows of the others, through a registry that comes and goes. It does no I/O.
//
//     unknown ──listed──► current ──failed──► stale ──listed──► settling ──silence over──► current
//
// While it is stale, the last list stands. While it settles, nobody is taken from it: a registry that came back may
// have lost everything, and the others need a beat to be there again.

struct InstanceRoll: Sendable {
    typealias Instant = ContinuousClock.Instant

    private(set) var known: [String: Instance] = [:]
    /// When the registry answered last; nil before.
    private(set) var listedAt: Instant?
    /// Why it does not answer; nil while it does.
    private(set) var problem: String?
    private var settlesUntil: Instant?

    /// What is read each second by each instance would grow with the square of their number. So with more than a
    /// hundred each reads less often.
    func isDue(at now: Instant) -> Bool {
        guard problem == nil, let listedAt else { return true }
        return now - listedAt >= max(RegistryLimits.beat, .milliseconds(10) * known.count) - RegistryLimits.beat / 2
    }

    /// - Returns: whether the registry is back after it was away.
    mutating func listed(_ found: [Instance], at now: Instant) -> Bool {
        let isBack = problem != nil
        if isBack { settlesUntil = now + RegistryLimits.silence }
        problem = nil
        listedAt = now
        let found = Dictionary(found.map { ($0.id, $0) }) { _, last in last }
        if let settlesUntil, now < settlesUntil {
            known.merge(found) { _, last in last }
        } else {
            known = found
        }
        return isBack
    }

    /// - Returns: whether it answered until now.
    mutating func failed(_ why: String) -> Bool {
        defer { problem = why }
        return problem == nil
    }
}
