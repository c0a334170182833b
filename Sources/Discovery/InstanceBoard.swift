// Beats for this instance and keeps the list of all.

public import Logging
internal import Synchronization

/// The list as it is known here.
public struct InstanceList: Sendable {
    /// Where it comes from: `off`, `file`, `ledger`, `etcd` or `zookeeper`.
    public var registry: String
    /// By name. This instance is among them, once it listens.
    public var instances: [Instance]
    /// How long ago the registry answered; nil if it never has.
    public var age: Duration?
    /// Why it does not answer; nil while it does.
    public var problem: String?

    public init(
        registry: String = "off", instances: [Instance] = [], age: Duration? = .zero, problem: String? = nil
    ) {
        self.registry = registry
        self.instances = instances
        self.age = age
        self.problem = problem
    }
}

/// Keeps this instance listed in a registry, and a copy of the list.
public final class InstanceBoard: Sendable {
    private struct State {
        /// This instance; nil until it listens.
        var me: Instance?
        var roll = InstanceRoll()
    }

    private let registry: any Registry
    private let kind: String
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameter kind: names the registry for people.
    public init(_ registry: any Registry, kind: String, logger: Logger) {
        self.registry = registry
        self.kind = kind
        self.logger = logger
    }

    /// From now on this instance beats.
    public func announce(_ instance: Instance) {
        state.withLock { $0.me = instance }
    }

    /// It waits for nothing.
    public func list(at now: ContinuousClock.Instant = .now) -> InstanceList {
        state.withLock { state in
            let me = state.me
            // A file may name this instance too, by another id.
            let others = state.roll.known.values.filter { $0.id != me?.id && $0.operations != me?.operations }
            let all = others + (me.map { [$0] } ?? [])
            return InstanceList(
                registry: kind, instances: all.sorted { ($0.name, $0.id) < ($1.name, $1.id) },
                age: state.roll.listedAt.map { now - $0 }, problem: state.roll.problem)
        }
    }

    /// Beats and reads until the task is cancelled, and then takes this instance from the list.
    public func run() async {
        while !Task.isCancelled {
            await round()
            try? await Task.sleep(for: RegistryLimits.beat)
        }
        guard let me = state.withLock({ $0.me }) else { return }
        // A cancelled task's calls would not be made.
        await Task { [registry] in try? await registry.leave(me) }.value
    }

    /// One beat, and a look if it is time for one.
    func round(at now: ContinuousClock.Instant = .now) async {
        do throws(RegistryFailure) {
            if let me = state.withLock({ $0.me }) { try await registry.beat(me) }
            guard state.withLock({ $0.roll.isDue(at: now) }) else { return }
            let found = try await registry.instances()
            guard state.withLock({ $0.roll.listed(found, at: now) }) else { return }
            logger.notice("the registry answers again", metadata: ["registry": "\(kind)"])
        } catch {
            // The end of this instance is no failure of the registry.
            guard !Task.isCancelled, state.withLock({ $0.roll.failed(error.description) }) else { return }
            logger.warning(
                "the registry does not answer; the last list of instances stands",
                metadata: ["registry": "\(kind)", "why": "\(error)"])
        }
    }
}
