internal import BSON

/// Documents as CSV (RFC 4180): a column for each dotted path, in the order in which they first occur; arrays as JSON; what a
/// document does not have is empty.
struct CSVTable {
    private var columns: [String] = []
    private var places: [String: Int] = [:]
    private var rows: [[Int: String]] = []
    private(set) var byteCount = 0

    mutating func add(_ document: RawDocument) {
        var row: [Int: String] = [:]
        add(document, "", &row)
        rows.append(row)
    }

    private mutating func add(_ document: RawDocument, _ prefix: String, _ row: inout [Int: String]) {
        var elements = document.elements
        while let element = elements.next() {
            let path = prefix + String(decoding: element.name, as: UTF8.self)
            if element.value.type == .document, let inner = element.value.document, !inner.isEmpty {
                add(inner, path + ".", &row)
                continue
            }
            let text = Self.text(element.value)
            byteCount += text.utf8.count + 1
            row[place(path)] = text
        }
    }

    private mutating func place(_ path: String) -> Int {
        if let place = places[path] { return place }
        places[path] = columns.count
        columns.append(path)
        byteCount += path.utf8.count + 1
        return columns.count - 1
    }

    private static func text(_ value: RawValue) -> String {
        if value.isNull { return "" }
        if let text = value.string { return quoted(text) }
        let json = JSON.string(value.owned(), style: .plain)
        // An id or a date is text in JSON, and stands here without its quotes.
        return quoted(json.hasPrefix("\"") ? String(json.dropFirst().dropLast()) : json)
    }

    private static func quoted(_ text: String) -> String {
        let needsQuotes = text.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
        return needsQuotes ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        func line(_ cells: [String]) {
            bytes += Array(cells.joined(separator: ",").utf8)
            bytes += [0x0D, 0x0A]
        }
        guard !columns.isEmpty else { return [] }
        line(columns.map(Self.quoted))
        for row in rows { line(columns.indices.map { row[$0] ?? "" }) }
        return bytes
    }
}
