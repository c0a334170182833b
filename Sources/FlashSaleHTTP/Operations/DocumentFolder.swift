// The site of the documents, as `make docs` builds it, below /docs/ of the operations port.
//
// Trust rule: no part of a path may begin with a dot, so no request leads out of the folder. Files are read anew for
// each request, on a thread that may block: a folder that is built again shows at once.

internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// A folder of pages.
public struct DocumentFolder: Sendable {
    private static let pathBytesMax = 1_024
    private static let fileBytesMax = 8 * 1_024 * 1_024

    private let folder: String

    public init(_ folder: String) {
        self.folder = folder
    }

    /// - Parameter encoded: what follows `/docs`.
    func reply(to encoded: Substring, _ request: Request) async -> Reply {
        guard let path = try? percentDecoded(encoded.utf8, limit: Self.pathBytesMax) else {
            return .problem(.unknownPath)
        }
        guard path.hasPrefix("/") else { return .answer(.moved(to: "/docs/", request)) }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard parts.allSatisfy({ !$0.hasPrefix(".") }), parts.dropLast().allSatisfy({ !$0.isEmpty }) else {
            return .problem(.unknownPath)
        }
        let file = path.hasSuffix("/") ? path + "index.html" : path
        guard let bytes = await read(file) else {
            // Links of a page count from its folder, so the folder's address ends with a slash.
            let isFolder = await read(file + "/index.html") != nil
            return isFolder ? .answer(.moved(to: "/docs\(encoded)/", request)) : .problem(.unknownPath)
        }
        let fields = [
            ("Content-Type", Self.contentType(of: file)), ("Cache-Control", "no-cache"),
            ("Content-Security-Policy", path.hasPrefix("/reference/") ? Self.policyOfReference : Self.policy),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return .answer(Answer(.ok, fields: fields, body: ByteBuffer(bytes: bytes)).validated(against: request))
    }

    private func read(_ path: String) async -> [UInt8]? {
        let path = folder + path
        let bytes = try? await NIOThreadPool.singleton.runIfActive {
            try? FileProblem.reading(path, bytesMax: Self.fileBytesMax)
        }
        return bytes ?? nil
    }

    private static func contentType(of file: String) -> String {
        switch file.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "json": "application/json"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "ico": "image/vnd.microsoft.icon"
        default: "application/octet-stream"
        }
    }

    /// Pages have styles and pictures of their own.
    private static let policy =
        "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
    /// DocC's pages draw themselves from data.
    private static let policyOfReference =
        policy + "; script-src 'self' 'unsafe-inline'; connect-src 'self'; font-src 'self'"
}
