// `flashsale report`: the story of a sale, as one page of HTML.

import ArgumentParser
import FlashSale
import Foundation
import SaleStory

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write the story of a sale as one page of HTML.",
        discussion: """
            The page stands alone: charts, tables and no scripts. The ledger tells how the stock went, the line and \
            its pace, who got how far, what became of holds, what was taken in, who changed the sale, and what holds \
            whose units came back have in common. Prometheus, where it is named, adds refusals by reason, latency and \
            alerts; if it does not answer, the page says so and has the rest. The sale may be to come, on, over or \
            archived; the ledger of its pod is read in one snapshot, and nothing is written to it. docs/REPORT.md \
            shows a page.

            Example:
              flashsale report --sale 7 --html sale-7.html --prometheus http://127.0.0.1:9090
              flashsale report --sale 7 --html - | gzip > sale-7.html.gz

            \(Setting.discussion(of: Setting.ofLedgers))
            """)

    @Option(help: "The sale.")
    var sale: Int32

    @Option(
        help: "The file of the page, or - for standard output; a file that exists is replaced.", completion: .file())
    var html: String

    @Option(help: "The Prometheus of the service, such as http://127.0.0.1:9090.")
    var prometheus: String?

    @Argument(parsing: .allUnrecognized, help: Setting.asFlags, completion: Setting.completion(of: Setting.ofLedgers))
    var settings: [String] = []

    private var isStandardOutput: Bool { html == "-" }

    func validate() throws { _ = try SaleLedgerOptions.sale(sale) }

    func run() async throws {
        let settings = try Settings.read(arguments: settings)
        let url = try settings.of(settings.pod(of: SaleID(sale))).ledgerURL()
        let folder = URL(fileURLWithPath: html).deletingLastPathComponent().path
        guard isStandardOutput || FileManager.default.isWritableFile(atPath: folder) else {
            throw Failure("\(html) cannot be written: its folder is not there, or may not be written to")
        }
        let story = try await Storyteller.story(ofSale: sale, databaseURL: url, prometheusURL: prometheus)
        if isStandardOutput {
            print(story.html, terminator: "")
        } else {
            do {
                try Data(story.html.utf8).write(to: URL(fileURLWithPath: html), options: .atomic)
            } catch {
                throw Failure("\(html) cannot be written: it is a folder, or its folder takes no new file")
            }
            print("wrote the story of sale \(sale) to \(html)")
        }
        guard let why = story.missing else { return }
        let warning = "Refusals, latency and alerts are missing: \(why).\n"
        try? FileHandle.standardError.write(contentsOf: Data(warning.utf8))
    }
}
