// Writes the reports that are files, each to the path of its flag.

import Foundation

struct ReportFiles {
    var json: String?
    var csv: String?
    var html: String?

    /// - Throws: an error that names the file that cannot be written.
    func write(_ report: RunReport) throws {
        if let json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            try write(String(decoding: try encoder.encode(report), as: UTF8.self) + "\n", to: json)
        }
        if let csv { try write(SecondsCSV.text(report.seconds), to: csv) }
        if let html { try write(HTMLReport(report: report).text, to: html) }
    }

    private func write(_ text: String, to path: String) throws {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw Session.Failure(description: "The report \(path) cannot be written: \(error)")
        }
    }
}
