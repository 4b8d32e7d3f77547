import BSON
import Crypto
import CryptoExtras
import Foundation
import Schema

/// The root of a view as `Sources/Views/ROOTS.md` has it, over documents as values: slow, and with nothing of the engine's
/// but the declared fields.
struct NaiveRoot {
    private let number: UInt16
    private let fingerprint: [UInt8]
    /// Dotted names of what is left out.
    private var hidden: Set<String> = []

    init(_ model: CollectionModel) {
        number = model.number.rawValue
        fingerprint = model.fingerprint
        collect(model.fields, "")
    }

    private mutating func collect(_ fields: [FieldDescriptor], _ prefix: String) {
        for field in fields {
            let name = [prefix, field.name].filter { !$0.isEmpty }.joined(separator: ".")
            if field.privacy != .open { hidden.insert(name) }
            switch field.kind {
            case .array(let element): collect([element], name)
            case .object(let members): collect(members, name)
            default: break
            }
        }
    }

    func root(of documents: [Document]) -> String {
        var lanes = [UInt16](repeating: 0, count: 1_024)
        for document in documents {
            for (lane, value) in self.lanes(of: document).enumerated() { lanes[lane] = lanes[lane] &+ value }
        }
        var bytes = Data("annals view root 1\0".utf8) + fingerprint
        withUnsafeBytes(of: UInt64(documents.count).littleEndian) { bytes.append(contentsOf: $0) }
        for lane in lanes { bytes += [UInt8(lane & 0xFF), UInt8(lane >> 8)] }
        return hex(SHA256.hash(data: bytes))
    }

    func lanes(of document: Document) -> [UInt16] {
        var bytes = Array("annals view document 1\0".utf8) + [UInt8(number & 0xFF), UInt8(number >> 8)]
        bytes += hidden.isEmpty ? Array(document.bytes) : elements(document.pairs.map { ($0.name, $0.value) }, "")
        let key = SymmetricKey(data: Array(SHA256.hash(data: bytes)))
        var stream: [UInt8] = []
        for number in 0..<128 {
            var block = [UInt8](repeating: 0, count: 15) + [UInt8(number)]
            // AES of one block, so that counting is this code's.
            do { try AES.permute(&block, key: key) } catch { return [] }
            stream += block
        }
        return (0..<1_024).map { UInt16(stream[$0 * 2]) | UInt16(stream[$0 * 2 + 1]) << 8 }
    }

    private func elements(_ members: [(String, Value)], _ prefix: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for (name, value) in members {
            let path = prefix + name
            if hidden.contains(path) { continue }
            if hidden.contains(where: { $0.hasPrefix(path + ".") }), let inside = inside(value, path + ".") {
                if case .array = value { bytes.append(4) } else { bytes.append(3) }
                bytes += Array(name.utf8) + [0] + inside
            } else {
                // A document of this element alone, without its length and its end.
                var alone = Document()
                alone.append(name, value)
                bytes += alone.bytes.dropFirst(4).dropLast()
            }
        }
        return bytes + [0]
    }

    /// What is in a document or an array, in which something may be left out; `nil` of anything else.
    private func inside(_ value: Value, _ prefix: String) -> [UInt8]? {
        switch value {
        case .document(let document): return elements(document.pairs.map { ($0.name, $0.value) }, prefix)
        case .array(let values):
            var bytes: [UInt8] = []
            for (place, element) in values.enumerated() {
                if let inside = inside(element, prefix) {
                    if case .array = element { bytes.append(4) } else { bytes.append(3) }
                    bytes += Array(String(place).utf8) + [0] + inside
                } else {
                    var alone = Document()
                    alone.append(String(place), element)
                    bytes += alone.bytes.dropFirst(4).dropLast()
                }
            }
            return bytes + [0]
        default: return nil
        }
    }

    private func hex(_ digest: SHA256Digest) -> String { digest.map { String(format: "%02x", $0) }.joined() }
}
