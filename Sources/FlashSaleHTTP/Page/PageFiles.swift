// GET /assets/{name}: the files that pages load. Each is made into an answer once.

internal import BuyerPage
internal import NIOCore
internal import NIOHTTP1

struct PageFiles: Sendable {
    private let answers: [Substring: Answer]

    init(_ assets: [PageAsset]) {
        answers = Dictionary(uniqueKeysWithValues: assets.map { ($0.name[...], Self.answer($0)) })
    }

    /// A file by the name that has its bytes. One of another release does not exist, and no cache keeps that.
    func reply(to name: Substring, _ request: Request) -> Reply {
        guard let answer = answers[name] else { return .problem(.unknownPath) }
        return .answer(answer.validated(against: request))
    }

    /// Browsers keep it for ever.
    private static func answer(_ asset: PageAsset) -> Answer {
        let fields = [
            ("Content-Type", asset.contentType), ("Cache-Control", "public, max-age=31536000, immutable"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return Answer(.ok, fields: fields, body: ByteBuffer(bytes: asset.bytes)).tagged()
    }
}
