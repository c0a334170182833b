// The settings of a JSON file: {"http": {"port": 8080}} is FLASHSALE_HTTP_PORT=8080.

import Glibc
import Textbook

/// What a settings file says. A mistyped setting must not be ignored, in a file as little as among flags.
struct SettingsFile {
    private static let depthMax = 8
    private static let bytesMax = 1_024 * 1_024

    /// The texts of its settings by their keys. A list is its elements with commas between them, and null is nothing.
    private(set) var texts: [String: String] = [:]

    /// Reads a file.
    ///
    /// - Throws: `Failure` with one sentence for each thing that is no setting.
    init(path: String) throws {
        let bytes = try Self.content(of: path)
        let file: JSONValue
        do throws(JSONFailure) {
            file = try JSONValue(ofFile: bytes, depth: Self.depthMax)
        } catch {
            throw Failure("FLASHSALE_CONFIG names \(path), which \(error.why)")
        }
        guard case .object = file else { throw Failure("FLASHSALE_CONFIG names \(path), which is no JSON object") }
        let problems = read(file, at: []).map { "\(path): \($0)" }
        guard problems.isEmpty else { throw Failure(problems.joined(separator: "\n")) }
    }

    /// The bytes of a file, or of a pipe that a shell or a supervisor passes on.
    private static func content(of path: String) throws -> [UInt8] {
        // A pipe that nobody writes is empty, and not waited for.
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw unreadable(path, errno) }
        defer { close(file) }
        _ = fcntl(file, F_SETFL, fcntl(file, F_GETFL) & ~O_NONBLOCK)
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16_384)
        while bytes.count <= bytesMax {
            let count = Glibc.read(file, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path, errno) }
            guard count > 0 else { return bytes }
            bytes += part[..<count]
        }
        throw Failure("FLASHSALE_CONFIG names \(path), which has more than \(bytesMax) bytes")
    }

    private static func unreadable(_ path: String, _ code: CInt) -> Failure {
        Failure("FLASHSALE_CONFIG names \(path), which cannot be read: \(String(cString: strerror(code)))")
    }

    private mutating func read(_ value: JSONValue, at words: [String]) -> [String] {
        let key = words.joined(separator: ".")
        switch value {
        case .object(let members):
            return members.sorted { $0.key < $1.key }.flatMap { read($0.value, at: words + [$0.key]) }
        case .null:
            return []
        default:
            guard Self.isSetting(key) else {
                return ["there is no setting \(key); `flashsale serve --help` lists them"]
            }
            guard let text = Self.text(value) else { return ["\(key) must be a text, a number, or a list of such"] }
            texts[key] = text
            return []
        }
    }

    private static func isSetting(_ key: String) -> Bool {
        Setting.all.contains { $0.key == key } || PodStores.isKey(key)
    }

    /// A value as the environment would have it; nil for a list of lists or of groups.
    private static func text(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): return text
        case .integer(let number): return "\(number)"
        case .number(let number): return "\(number)"
        case .bool(let bool): return "\(bool)"
        case .array(let elements):
            let texts = elements.compactMap { $0.array == nil ? text($0) : nil }
            return texts.count == elements.count ? texts.joined(separator: ",") : nil
        case .object, .null: return nil
        }
    }
}
