// `flashsale report`: the page says what happened in a sale, wherever its rows are by now.

import Foundation
import Testing

@testable import DevStack

extension SystemTests {
    @Suite("The story of a sale as a page")
    struct ReportTests {
        /// The page of a sale, or what the command complained of.
        private static func report(
            _ sale: String, of url: String, into name: String = "page.html", _ more: [String] = []
        ) async throws -> (status: Int32?, page: String, errors: String) {
            let directory = try TestDirectory("report")
            defer { directory.remove() }
            let process = try ServiceProcess(
                ["report", "--sale", sale, "--html", directory.file(name)] + more,
                settings: ["FLASHSALE_DATABASE_URL": url])
            let status = await process.end()
            return (status, directory.text(name), process.errors)
        }

        @Test("It tells of purchases, late ones too, of holds that ran out or were given back, and of live ones")
        func live() async throws {
            try await AuditedSale.withCopy { sale in
                let (status, page, errors) = try await Self.report("1", of: sale.url)
                try #require(status == 0, "\(errors)")
                for words in [
                    "<h1>Sale 1 <span class=\"pill\"", "2 buyers bought 3 of 12 units so far.", "<dd>3</dd>",
                    "held now</dt><dd>2</dd>", "What became of 8 holds", "bought</th>", "37.5 %, 3</td>",
                    "ran out unpaid</th>", "25.0 %, 2</td>", "given back</th>", "still held</th>", "12.5 %, 1</td>",
                    "The stock as it went", "What holds whose units came back have in common",
                ] { #expect(page.contains(words), "\(words)") }
                let (_, untouched, _) = try await Self.report("2", of: sale.url)
                #expect(untouched.contains("Nobody has taken anything.") && !untouched.contains("<svg"))
            }
        }

        @Test("It tells who restocked, repriced and refunded, how many units, for how much, and what is left")
        func changed() async throws {
            try await AuditedSale.withCopy { sale in
                try await sale.spoil(
                    """
                    select sale_change(1, null, 'ann', 'a truck', null, 'restock', null, 3);
                    select sale_change(1, null, 'ann', 'too dear', null, 'price', null, 4, 250);
                    select sale_change(1, null, 'bob', 'it came broken', null, 'refund',
                        p_code => '\(AuditedSale.code("a"))', p_items => '{2}');
                    """)
                let (status, page, errors) = try await Self.report("1", of: sale.url)
                try #require(status == 0, "\(errors)")
                for words in [
                    "Operators changed the stock from 12 to 18 units. 1 unit came back for 2.00 EUR.",
                    "<dt>taken in</dt><dd>9.00 EUR</dd>", "<dt>refunded</dt><dd>2.00 EUR</dd>",
                    "<dt>left after refunds</dt><dd>7.00 EUR</dd>", "less refunds", "Who refunded how much",
                    "2 to 3 units of each item: 6 units more", "ITM-1-4: 4.00 EUR to 2.50 EUR",
                    ": 1 unit, 2.00 EUR</td>", "<td>it came broken</td>",
                ] { #expect(page.contains(words), "\(words)") }
                #expect(!page.contains(AuditedSale.code("a")), "a code buys")
            }
        }

        @Test("The story of a sale is the same before and after it has moved into the archive, but for its state")
        func archived() async throws {
            try await AuditedSale.withCopy { sale in
                try await sale.spoil(
                    """
                    update sales set ended_at = clock_timestamp() where sale_id = 1;
                    select ledger_expire(1, null, 1000) from generate_series(1, 3);
                    """)
                let (_, before, errors) = try await Self.report("1", of: sale.url)
                #expect(before.contains(">ended</span>"), "\(errors)")
                try await sale.spoil(
                    """
                    set flashsale.refund = on;
                    with moved as (delete from units where sale_id = 1 returning *)
                    insert into archived_units select * from moved;
                    with moved as (delete from ended_holds where sale_id = 1 returning *)
                    insert into archived_holds select * from moved;
                    with moved as (delete from checkouts where sale_id = 1 returning *)
                    insert into archived_checkouts select * from moved;
                    with moved as (delete from orders where sale_id = 1 returning *)
                    insert into archived_orders select * from moved;
                    with moved as (delete from items where sale_id = 1 returning *)
                    insert into archived_items select * from moved;
                    update sales set retired_at = clock_timestamp(), archived_at = clock_timestamp() where sale_id = 1;
                    """)
                let (_, after, more) = try await Self.report("1", of: sale.url)
                let told = after.replacing(">archived</span>", with: ">ended</span>")
                    .replacing(#/as it was at [^.]*\./#, with: "")
                #expect(told == before.replacing(#/as it was at [^.]*\./#, with: ""), "\(more)")
            }
        }

        @Test("With a Prometheus that does not answer it tells what the ledger has, and says what is missing and why")
        func withoutPrometheus() async throws {
            try await AuditedSale.withCopy { sale in
                let (status, page, errors) = try await Self.report(
                    "1", of: sale.url, ["--prometheus", "http://127.0.0.1:1"])
                #expect(status == 0 && page.contains("2 buyers bought 3 of 12 units so far."))
                let why = "Prometheus at 127.0.0.1:1 cannot be asked: Connection refused."
                #expect(page.contains("They are missing: \(why)") && errors.contains("are missing: \(why)"))
            }
        }

        @Test("A dash stands for standard output, which then has the page and nothing else")
        func output() async throws {
            try await AuditedSale.withCopy { sale in
                let process = try ServiceProcess(
                    ["report", "--sale", "1", "--html", "-"], settings: ["FLASHSALE_DATABASE_URL": sale.url])
                #expect(await process.end() == 0)
                #expect(process.output.hasPrefix("<!doctype html>") && process.output.hasSuffix("</html>\n"))
            }
        }

        @Test("A sale that is not there, and a page that cannot be written, are one sentence and no file")
        func refusals() async throws {
            try await AuditedSale.withCopy { sale in
                let (status, page, errors) = try await Self.report("9", of: sale.url)
                #expect(status == 1 && page.isEmpty && errors == "Error: the ledger has no sale 9\n")
                let (other, _, complaint) = try await Self.report("1", of: sale.url, into: "nowhere/page.html")
                #expect(other == 1 && complaint.contains("cannot be written: its folder is not there"))
                let (folder, _, why) = try await Self.report("1", of: sale.url, into: ".")
                #expect(folder == 1 && why.hasSuffix(": it is a folder, or its folder takes no new file\n"))
            }
        }
    }
}
