// Several shops in one command: the names of their files, and what they cannot be given.

import ArgumentParser
import Testing

@testable import FlashSaleLoad

@Suite("Runs in several shops")
struct ShopRunsTests {
    @Test(
        "A shop's name stands before a file's extension",
        arguments: [
            ("report.html", "report.lego.html"), ("journal", "journal.lego"),
            ("./runs/1.2.json", "./runs/1.2.lego.json"), ("runs.d/report", "runs.d/report.lego"),
        ])
    func files(path: String, of: String) {
        #expect(ShopRuns.path(path, of: "lego") == of)
    }

    @Test(
        "What is for one sale or one target's peak is refused",
        arguments: [
            ("smoke --shop a --shop a", "Give each --shop once."), ("smoke --shop a --shop A", "`A` is no shop"),
            ("smoke --shop a --shop b --sale 3", "Several shops at once"), ("raw --shop a --shop b", "Several shops"),
            ("overload --shop a --shop b", "Several shops"), ("capacity --shop a --shop b", "Several shops"),
            ("--audit-only x --shop a --shop b", "Several shops"),
        ])
    func mistakes(words: String, says: String) throws {
        let failure = #expect(throws: (any Error).self) {
            try LoadCommand.parse(words.split(separator: " ").map(String.init))
        }
        #expect(LoadCommand.message(for: try #require(failure)).contains(says))
        _ = try LoadCommand.parse(["smoke", "--shop", "a", "--shop", "b"])
    }
}
