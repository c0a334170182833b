// What every `Registry` must do, as rules that those in memory, in Postgres, in etcd and in ZooKeeper all keep.

public import Discovery
internal import Textbook

/// One rule of a registry, with its check, which begins without instances.
public typealias RegistryRule = ConformanceRule<RegistryScene>

/// Two clients of one registry, and what a check may do besides calling them.
public struct RegistryScene: Sendable {
    let one: any Registry
    let other: any Registry
    /// Lets the time run out that an instance may be silent, while it keeps calling.
    let pass: @Sendable (_ meanwhile: () async throws -> Void) async throws -> Void
    /// Takes away all that the registry keeps.
    let lose: @Sendable () async throws -> Void
    /// Puts among the instances what is none.
    let spoil: @Sendable () async throws -> Void

    public init(
        one: any Registry, other: any Registry,
        pass: @escaping @Sendable (_ meanwhile: () async throws -> Void) async throws -> Void,
        lose: @escaping @Sendable () async throws -> Void, spoil: @escaping @Sendable () async throws -> Void
    ) {
        self.one = one
        self.other = other
        self.pass = pass
        self.lose = lose
        self.spoil = spoil
    }

    func instance(_ id: String, port: Int = 8_080, build: String = "1.0") -> Instance {
        guard let api = ServiceAddress("https://\(id).example:\(port)"),
            let operations = ServiceAddress("http://[fd00::7]:9464"),
            let instance = Instance(
                id: id, name: "machine \(id)", api: api, operations: operations, build: build,
                startedAt: .init(seconds: 1_790_000_000))
        else { preconditionFailure("the instances of the rules are well formed") }
        return instance
    }

    func expect(_ instances: [Instance], by registry: any Registry, _ what: String) async throws {
        let found = try await registry.instances().sorted { $0.id < $1.id }
        guard found != instances else { return }
        throw ConformanceFailure(description: "\(what): expected \(instances), got \(found)")
    }
}

/// The rules of every `Registry`.
public enum RegistryConformance {
    /// What a registry in one process keeps, too.
    public static let inMemory = [
        RegistryRule("An instance that beats is listed once, with all that it says") { scene in
            try await scene.expect([], by: scene.one, "nobody")
            let (ann, bob) = (scene.instance("ann"), scene.instance("bob", port: 443))
            try await scene.one.beat(bob)
            for _ in 1...3 { try await scene.other.beat(ann) }
            try await scene.expect([ann, bob], by: scene.one, "both")
            try await scene.expect([ann, bob], by: scene.other, "both, by the other")
        },
        RegistryRule("What an instance says anew replaces what it said before") { scene in
            for build in ["1.0", "1.1"] { try await scene.one.beat(scene.instance("ann", build: build)) }
            try await scene.expect([scene.instance("ann", build: "1.1")], by: scene.other, "the last")
        },
        RegistryRule("An instance that leaves is gone, and the others stay") { scene in
            let (ann, bob) = (scene.instance("ann"), scene.instance("bob"))
            try await scene.one.beat(ann)
            try await scene.other.beat(bob)
            for _ in 1...2 { try await scene.one.leave(ann) }
            try await scene.expect([bob], by: scene.one, "the one that stays")
            try await scene.one.beat(ann)
            try await scene.expect([ann, bob], by: scene.one, "the one that came again")
        },
    ]

    /// What several processes need.
    public static let all =
        inMemory + [
            RegistryRule("An instance that beats no more is gone, and one that beats on is not") { scene in
                let (ann, bob) = (scene.instance("ann"), scene.instance("bob"))
                try await scene.one.beat(ann)
                try await scene.other.beat(bob)
                try await scene.pass { try await scene.other.beat(bob) }
                try await scene.other.beat(bob)
                try await scene.expect([bob], by: scene.other, "the one that beats on")
                try await scene.one.beat(ann)
                try await scene.expect([ann, bob], by: scene.other, "the one that beats again")
            },
            RegistryRule("After the registry has lost everything the next beats fill it again") { scene in
                let ann = scene.instance("ann")
                try await scene.one.beat(ann)
                try await scene.lose()
                try await scene.expect([], by: scene.other, "nobody")
                try await scene.one.beat(ann)
                try await scene.expect([ann], by: scene.other, "the one that beats on")
            },
            RegistryRule("What is written there and is no instance is left out") { scene in
                let ann = scene.instance("ann")
                try await scene.one.beat(ann)
                try await scene.spoil()
                try await scene.expect([ann], by: scene.other, "the one that is well formed")
            },
        ]
}
