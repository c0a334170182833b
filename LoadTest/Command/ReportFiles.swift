// Writes the reports that are files, each to the path of its flag; one of them may be standard output.

import Foundation
import SystemPackage

struct ReportFiles {
    var json: String?
    var csv: String?
    var html: String?

    /// The path that stands for standard output.
    static let standardOutput = "-"

    /// Whether a report goes to standard output, where nothing else may go then.
    var takeStandardOutput: Bool { paths.contains(Self.standardOutput) }

    private var paths: [String] { [json, csv, html].compactMap(\.self) }

    /// The files of one of several shops.
    func of(_ shop: String) -> ReportFiles {
        func path(_ path: String?) -> String? { path.map { ShopRuns.path($0, of: shop) } }
        return ReportFiles(json: path(json), csv: path(csv), html: path(html))
    }

    /// Opens each file before the run, so that nobody waits for a report that cannot be written.
    ///
    /// - Parameter journal: the file that none of them may be.
    /// - Throws: an error that names the file.
    func check(beside journal: String?) throws {
        var seen = Set([journal].compactMap(\.self).map(Self.place))
        for path in paths {
            guard !Self.isReplaced(path) || seen.insert(Self.place(path)).inserted else {
                throw Session.Failure(description: "Two results cannot be written to one file, \(path).")
            }
            guard path != Self.standardOutput else { continue }
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
            guard path != Self.standardOutput else {
                try FileDescriptor.standardOutput.writeAll(Array(text.utf8))
                return
            }
            // A new file takes the place of an old one where the folder lets it.
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            let isAtomic = Self.isReplaced(path) && FileManager.default.isWritableFile(atPath: folder)
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: isAtomic ? .atomic : [])
        } catch {
            throw Self.failure(path, error)
        }
    }

    /// Whether the path is that of a file, or of none yet: a new file never takes the place of a pipe or a device.
    private static func isReplaced(_ path: String) -> Bool {
        let kind = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        return kind == nil || kind == .typeRegular
    }

    private static func place(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

    private static func failure(_ path: String, _ error: any Error) -> Session.Failure {
        // Foundation's errors print all that they hold.
        let why = (error as? CocoaError)?.localizedDescription ?? "\(error)"
        return Session.Failure(description: "The report \(path) cannot be written: \(why)")
    }
}
