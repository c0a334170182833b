// The ledger in Postgres keeps the rules of both halves of the seam, as the ledger in memory does, and needs no more
// rights for it than the service has.

import FlashSale
import FlashSaleTesting
import LibpqClient
import PostgresLedger
import Telemetry
import Testing

@Suite struct LedgerConformanceTests {
    @Test("The ledger in Postgres keeps the rules of the buyers' half", arguments: SaleLedgerConformance.all)
    func buyersHalf(rule: LedgerRule) async throws {
        try await withOwnerAndService { try await rule.run(on: bench(over: $1, passing: $0)) }
    }

    @Test("The ledger in Postgres keeps the rules of the duties' half", arguments: LedgerUpkeepConformance.all)
    func dutiesHalf(rule: LedgerRule) async throws {
        try await withOwnerAndService { try await rule.run(on: bench(over: $1, passing: $0)) }
    }

    @Test("The lines in Postgres keep the rules of the waiting room", arguments: QueueLedgerConformance.all)
    func lines(rule: LedgerRule) async throws {
        try await withOwnerAndService { try await rule.run(on: bench(over: $1, passing: $0)) }
    }

    @Test("The ledger keeps the rules of the buyers' half in sales with lanes", arguments: SaleLedgerConformance.all)
    func buyersHalfInLanes(rule: LedgerRule) async throws {
        try await withOwnerAndService { try await rule.run(on: bench(over: $1, passing: $0, lanes: 4)) }
    }

    @Test("The ledger keeps the rules of the duties' half in sales with lanes", arguments: ofAnyLanes)
    func dutiesHalfInLanes(rule: LedgerRule) async throws {
        try await withOwnerAndService { try await rule.run(on: bench(over: $1, passing: $0, lanes: 4)) }
    }

    /// Each lane expires by itself: how many holds a call ends, and which end in one change, is a matter of one lane.
    private static let ofAnyLanes = LedgerUpkeepConformance.all.filter {
        !$0.description.hasPrefix("Expiry ends no more holds than its limit")
            && !$0.description.hasPrefix("Expiry that meets only ended holds")
            && !$0.description.hasPrefix("Each change of a unit is told in its order")
    }

    private func bench(
        over client: PostgresClient, passing owner: PostgresClient, lanes: Int = 1
    ) -> LedgerBench {
        let fences = PostgresFences(writer: client)
        return LedgerBench(
            ledger: PostgresSaleLedger(
                writer: client, reader: client, bulk: client, instruments: Instruments().database, logger: .silent),
            catalog: PostgresSaleCatalog(reader: client, bulk: client),
            lines: PostgresQueueLedger(writer: client, reader: client), lanes: lanes,
            pass: { try await owner.pass($0) }, nextFence: { try #require(try await fences.next($0)) },
            nextRebuildFence: { try #require(try await fences.nextRebuild(of: $0)) })
    }
}

extension PostgresClient {
    /// Lets time pass for all that the ledger keeps, by moving its past further back. Sales go one after the other, for
    /// they may not overlap on the way.
    func pass(_ duration: Duration) async throws {
        try await execute(
            script: """
                do $$
                declare
                    v_time interval := \(duration.microseconds) * interval '1 microsecond';
                    v_sale int;
                begin
                    alter table sales disable trigger sales_change;
                    for v_sale in
                        select sale_id from sales
                        order by extract(epoch from started_at) * sign(extract(epoch from v_time))
                    loop
                        update sales
                        set started_at = started_at - v_time, ended_at = ended_at - v_time,
                            epoch_raised_at = epoch_raised_at - v_time, paused_at = paused_at - v_time,
                            purchases_paused_at = purchases_paused_at - v_time,
                            retired_at = retired_at - v_time, archived_at = archived_at - v_time
                        where sale_id = v_sale;
                    end loop;
                    alter table sales enable trigger sales_change;
                    update units set held_at = held_at - v_time, expires_at = expires_at - v_time
                    where order_number is null;
                    update unit_changes set expires_at = expires_at - v_time;
                    update stocks set next_end = next_end - v_time, last_end = last_end - v_time;
                    update queues set stepped_at = stepped_at - v_time, called_at = called_at - v_time;
                    update queue_steps set stepped_at = stepped_at - v_time;
                end $$
                """, deadline: .patient)
    }
}
