// GET /openapi.json: the description of the API, from Resources/openapi.json. A test compares it with the answers that
// the service gives.

internal import NIOCore
internal import NIOHTTP1

enum OpenAPI {
    /// The document, made into an answer once.
    static let answer = Answer(
        .ok, fields: [Answer.contentTypeJSON, ("Cache-Control", "public, max-age=3600")],
        body: ByteBuffer(bytes: PackageResources.openapi_json)
    ).tagged()
}
