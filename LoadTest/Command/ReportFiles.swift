// Writes the reports that are files, each to the path of its flag.

import Foundation
import SystemPackage

struct ReportFiles {
    var json: String?
    var csv: String?
    var html: String?

    /// Opens each file before the run, so that nobody waits for a report that cannot be written.
    ///
    /// - Throws: an error that names the file.
    func check() throws {
        for path in [json, csv, html].compactMap(\.self) {
            let isNew = !FileManager.default.fileExists(atPath: path)
            do {
                let file = try FileDescriptor.open(
                    FilePath(path), .writeOnly, options: [.create, .append], permissions: [.ownerReadWrite, .groupRead])
                try file.close()
                if isNew { try FileManager.default.removeItem(atPath: path) }
            } catch {
                throw Self.failure(path, error)
            }
        }
    }

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
            // A new file takes the place of an old one, but never that of a pipe or a device.
            let kind = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
            let isReplaced = kind == nil || kind == .typeRegular
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: isReplaced ? .atomic : [])
        } catch {
            throw Self.failure(path, error)
        }
    }

    private static func failure(_ path: String, _ error: any Error) -> Session.Failure {
        Session.Failure(description: "The report \(path) cannot be written: \(error)")
    }
}
