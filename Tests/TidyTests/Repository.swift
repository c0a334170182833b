// Reads the repository that this test was built from. No other file here reads the disk.

import FoundationEssentials
import Glibc

enum Repository {
    /// The root: three levels above this file.
    static let root: String = {
        guard let path = realpath(#filePath, nil) else { preconditionFailure("the sources have moved since the build") }
        defer { free(path) }
        return "/" + String(cString: path).split(separator: "/").dropLast(3).joined(separator: "/")
    }()

    /// Every text file that people write: sources, tests, documents, scripts and configuration.
    static let files: [SourceFile] = {
        let directories = ["Sources", "Tests", "docs", "scripts", "prometheus", "grafana", "LoadTest", "deploy", ".ci"]
        let single = ["Package.swift", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile", ".gitignore"]
        let below = directories.flatMap { directory in
            ((try? FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(directory)")) ?? [])
                .map { "\(directory)/\($0)" }
        }
        let kinds: Set = ["swift", "c", "h", "sql", "lua", "md", "mustache", "yml", ""]
        return (single + below.sorted()).compactMap { path in
            guard let data = FileManager.default.contents(atPath: "\(root)/\(path)") else { return nil }
            let file = SourceFile(path: path, text: String(decoding: data, as: UTF8.self))
            return kinds.contains(file.kind) || single.contains(path) ? file : nil
        }
    }()

    static func file(_ path: String) -> SourceFile {
        files.first { $0.path == path } ?? SourceFile(path: path, text: "")
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(root)/\(path)")
    }
}
