// GET /images/{sale}/{number}.svg: the picture of an item, drawn from its number. An item always has the same picture.

internal import FlashSale
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import Telemetry
internal import Textbook

/// The picture of an item. It depends on the path alone: the sale need not exist.
func itemImage(sale: Substring, file: Substring, _ request: Request) -> Reply {
    let suffix = ".svg"
    guard file.hasSuffix(suffix), let item = ItemID("ITM-\(sale)-\(file.dropLast(suffix.count))") else {
        return .refused(.itemNotFound)
    }
    let fields = [
        ("Content-Type", "image/svg+xml"),
        ("Cache-Control", "public, max-age=31536000, immutable"),
        ("Content-Security-Policy", "default-src 'none'"),
    ]
    let answer = Answer(.ok, fields: fields, body: ByteBuffer(string: drawing(of: item)))
    return .answer(answer.validated(against: request))
}

/// A gem on a soft ground: two related colours, a light, and a random number of facets.
private func drawing(of item: ItemID) -> String {
    var random = SplitMix64(seed: UInt64(item.sale.number) << 32 | UInt64(item.number))
    let hue = Int.random(in: 0..<360, using: &random)
    let other = (hue + Int.random(in: 25...70, using: &random)) % 360
    let facets = Int.random(in: 6...11, using: &random)
    let turn = Double.random(in: 0..<360, using: &random)
    let outer = ring(radius: 132, corners: facets, turn: turn)
    let inner = ring(radius: 74, corners: facets, turn: turn + 180 / Double(facets))
    var cut = ""
    for corner in 0..<facets {
        let next = (corner + 1) % facets
        let light = 48 + Int.random(in: 0...30, using: &random)
        cut += facet([outer[corner], outer[next], inner[corner]], hue: hue, light: light)
        cut += facet([inner[corner], inner[next], outer[next]], hue: other, light: light + 6)
    }
    return """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img" aria-label="Item \(item)">\
        <defs><radialGradient id="g" cx=".3" cy=".2" r="1">\
        <stop offset="0" stop-color="hsl(\(hue),70%,96%)"/><stop offset="1" stop-color="hsl(\(other),55%,78%)"/>\
        </radialGradient></defs>\
        <rect width="400" height="400" rx="36" fill="url(#g)"/>\
        <ellipse cx="200" cy="352" rx="96" ry="12" fill="hsl(\(hue),40%,30%)" fill-opacity=".18"/>\
        <g stroke="#fff" stroke-opacity=".55" stroke-width="1.5" stroke-linejoin="round">\(cut)\
        \(facet(inner, hue: other, light: 84))</g></svg>
        """
}

private func ring(radius: Double, corners: Int, turn: Double) -> [(x: Int, y: Int)] {
    (0..<corners).map { corner in
        let angle = (turn + 360 * Double(corner) / Double(corners)) * .pi / 180
        return (Int((200 + radius * cos(angle)).rounded()), Int((196 + radius * cos(angle - .pi / 2)).rounded()))
    }
}

private func facet(_ corners: [(x: Int, y: Int)], hue: Int, light: Int) -> String {
    let points = corners.map { "\($0.x),\($0.y)" }.joined(separator: " ")
    return "<polygon points=\"\(points)\" fill=\"hsl(\(hue),72%,\(light)%)\"/>"
}
