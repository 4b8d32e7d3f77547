public import BSON
internal import EventLog

/// What the bytes of a proof say.
public struct ProvenEvent: Sendable {
    public let position: UInt64
    /// For people and programs: what the record says of itself; `data` where it is there, as it lies in the log (what is
    /// personal is sealed).
    public let document: Document
    let leaf: Digest32

    /// Larger records are not proven here: no door lets them in.
    private static let mostDataBytes = 32 << 20

    init(_ proof: EventProof) throws(ProofError) {
        let whole = try Self.record(proof)
        // A scope of its own: the record points into the bytes.
        let read = whole.withUnsafeBytes { bytes -> (UInt64, Document, Digest32)? in
            guard let record = try? Record(validating: bytes, checkCRC: false) else { return nil }
            return (
                record.position, Self.describe(record, hasData: proof.data != nil),
                RecordEncoder.leaf(of: bytes, dataHash: proof.dataDigest)
            )
        }
        guard let read else { throw ProofError("proof", "head", "with the data it is no record") }
        (position, document, leaf) = read
    }

    /// Head and data as one record; where the data is withheld, with as many bytes in its place.
    private static func record(_ proof: EventProof) throws(ProofError) -> [UInt8] {
        guard let dataBytes = proof.head.withUnsafeBytes({ Record.dataByteCount(head: $0) }),
            dataBytes <= mostDataBytes
        else { throw ProofError("proof", "head", "it is not the head of a record") }
        if let data = proof.data {
            guard data.count == dataBytes, isDocument(data) else {
                throw ProofError("proof", "data", "it is not the document that the head announces")
            }
            return proof.head + data + [0, 0, 0, 0]
        }
        var stand = [UInt8](repeating: 0, count: dataBytes)
        guard stand.count >= 5 else { throw ProofError("proof", "head", "it is not the head of a record") }
        withUnsafeBytes(of: UInt32(dataBytes).littleEndian) { stand.replaceSubrange(..<4, with: $0) }
        return proof.head + stand + [0, 0, 0, 0]
    }

    private static func isDocument(_ data: [UInt8]) -> Bool {
        data.withUnsafeBytes { (try? RawDocument.validated($0)) != nil }
    }

    private static func describe(_ record: Record, hasData: Bool) -> Document {
        var pairs: [(String, Value)] = [
            ("position", .int64(Int64(clamping: record.position))), ("type", .string(record.type)),
            ("subject", .string(record.subject)), ("source", .string(record.source)), ("id", .string(record.id)),
            ("time", .dateTime(record.time)), ("recordedTime", .dateTime(record.recordedTime)),
            ("streamVersion", .int64(Int64(clamping: record.streamVersion))),
        ]
        for (name, text) in [("principal", record.principal), ("actor", record.actor)] where !text.isEmpty {
            pairs.append((name, .string(text)))
        }
        if hasData { pairs.append(("data", .document(Document(copying: record.data)))) }
        return Document(pairs)
    }
}
