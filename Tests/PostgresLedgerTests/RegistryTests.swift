// The registry in the ledger: it keeps the rules of every registry with the rights of the service alone.

import Discovery
import FlashSaleTesting
import LibpqClient
import PostgresLedger
import Telemetry
import Testing

@Suite("The registry in Postgres") struct RegistryTests {
    @Test("It keeps the rules of every registry", arguments: RegistryConformance.all)
    func rules(rule: RegistryRule) async throws {
        try await withOwnerAndService { owner, service in
            try await rule.run(on: .postgres(service, owner: owner))
        }
    }

    @Test("Rows of silent instances go with the next beat, and nothing waits for a row that another removes")
    func removal() async throws {
        try await withOwnerAndService { owner, service in
            try await service.run("select beat_instance('old', 'a', 'http://a', 'http://a', '1', now())")
            try await owner.run("update instances set seen_at = seen_at - interval '6 seconds'")
            try await owner.withTransaction(deadline: .patient) { holder in
                _ = try await holder.query(
                    PostgresStatement(
                        "lock", "select from instances for update", type: .select, table: .none, isPrepared: false))
                try await service.run("select beat_instance('one', 'b', 'http://b', 'http://b', '1', now())")
            }
            #expect(try await owner.number("select count(*) from instances") == 2)
            try await service.run("select beat_instance('two', 'c', 'http://c', 'http://c', '1', now())")
            #expect(try await owner.number("select count(*) from instances") == 2)
        }
    }

    @Test("The table is bounded, and writes no log")
    func table() async throws {
        try await withOwnerAndService { owner, service in
            let error = await #expect(throws: PostgresError.self) {
                try await service.run("select beat_instance('one', repeat('a', 600), '', '', '', now())")
            }
            #expect(error?.constraintName == "instances_are_short")
            let isUnlogged = "select count(*) from pg_class where relname = 'instances' and relpersistence = 'u'"
            let answer = try await owner.number(isUnlogged)
            #expect(answer == 1)
        }
    }

    @Test("A ledger that is gone is a failure in a sentence")
    func absence() async throws {
        let client = try PostgresClient(PostgresClientConfiguration(url: "postgres://nobody@127.0.0.1:1/nothing"))
        let error = await #expect(throws: RegistryFailure.self) {
            try await PostgresRegistry(client: client).instances()
        }
        #expect(error?.description.isEmpty == false)
        await client.shutdown(deadline: .now)
    }
}

extension RegistryScene {
    /// Two registries over one client.
    static func postgres(_ client: PostgresClient, owner: PostgresClient) -> RegistryScene {
        let registry = PostgresRegistry(client: client)
        return RegistryScene(
            one: registry, other: registry,
            pass: { meanwhile in
                try await owner.run("update instances set seen_at = seen_at - interval '6 seconds'")
                try await meanwhile()
            },
            lose: { try await owner.run("truncate instances") },
            spoil: {
                try await owner.run(
                    """
                    insert into instances
                    select id, name, api, 'http://shop.example', '1.0', time::timestamptz, clock_timestamp()
                    from (values ('1', 'a', 'ftp://a', '2026-01-01'), ('2 b', 'a', 'http://a', '2026-01-01'),
                        ('3', E'a\\nb', 'http://a', '2026-01-01'), ('4', 'a', 'http://u:p@a', 'infinity'))
                        as x (id, name, api, time)
                    """)
            })
    }
}
