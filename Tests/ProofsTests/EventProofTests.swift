import BSON
import EventLog
import Testing

@testable import Proofs

/// Proofs as files: what they show, and that nothing in them can be altered.
@Suite struct EventProofTests {
    static let log = SmallLog(size: 21)

    @Test(arguments: [false, true]) func everyEventIsProven(withholdsData: Bool) throws {
        for position in 1...Self.log.size {
            let proof = try EventProof(Self.log.proof(position, withholdsData: withholdsData).document)
            let event = try proof.check(against: Self.log.checkpoint(Self.log.size), key: Self.log.key)
            #expect(event.position == position)
            #expect(event.document["type"] == .string("thing.made"))
            #expect(event.document["data.number"] == (withholdsData ? nil : .int64(Int64(position))))
        }
    }

    @Test(arguments: [false, true]) func everyAlteredByteIsFound(withholdsData: Bool) throws {
        let proof = Self.log.proof(14, withholdsData: withholdsData)
        let note = try Self.log.checkpoint(Self.log.size)
        let sound = try proof.check(against: note, key: nil).document
        let text = Array(JSON.string(proof.document, style: .relaxed).utf8)
        var found = 0
        for index in text.indices {
            for bit in 0..<8 {
                var altered = text
                altered[index] ^= 1 << bit
                guard let document = try? JSON.parse(altered, extended: false) else {
                    found += 1
                    continue
                }
                do throws(ProofError) {
                    let event = try EventProof(document).check(against: note, key: nil)
                    // White space that became other white space.
                    #expect(event.document == sound && document == proof.document, "byte \(index), bit \(bit)")
                } catch { found += 1 }
            }
        }
        #expect(found > text.count * 7)
    }

    @Test func anotherTreeIsTold() throws {
        let proof = Self.log.proof(14)
        #expect(throws: ProofError.self) { try proof.check(against: Self.log.checkpoint(20), key: Self.log.key) }
        let other = try NoteSigner(name: "other", seed: Array(repeating: 9, count: 32))
        #expect(throws: ProofError.self) { try proof.check(against: Self.log.checkpoint(21), key: other.key) }
        #expect(throws: ProofError.self) {
            try proof.check(against: other.sign(Self.log.checkpoint(21).text), key: Self.log.key)
        }
        let forged = try Self.log.signer.sign(
            LogCheckpoint(origin: "log", size: 21, root: MerkleTree.emptyRoot).text)
        let error = #expect(throws: ProofError.self) { try proof.check(against: forged, key: Self.log.key) }
        #expect(error?.description.contains("another root") == true)
    }

    @Test func everyExtensionIsProven() throws {
        for from in 0...Self.log.size {
            for to in from...Self.log.size {
                let proof = try ExtensionProof(Self.log.extensionProof(from, to).document)
                let (older, newer) = try proof.check(against: Self.log.checkpoint(from), key: nil)
                #expect(older.size == from && newer.size == to)
            }
        }
    }

    @Test func aRewrittenHistoryIsTold() throws {
        let other = SmallLog(size: 21, salt: 1)
        for from in 1...Self.log.size {
            let proof = other.extensionProof(from, 21)
            #expect(throws: ProofError.self) { try proof.check(against: Self.log.checkpoint(from), key: nil) }
        }
    }

    @Test func everyAlteredByteOfAnExtensionIsFound() throws {
        let proof = Self.log.extensionProof(11, 21)
        let note = try Self.log.checkpoint(11)
        let text = Array(JSON.string(proof.document, style: .relaxed).utf8)
        for index in text.indices {
            for bit in 0..<8 {
                var altered = text
                altered[index] ^= 1 << bit
                guard let document = try? JSON.parse(altered, extended: false), document != proof.document else {
                    continue
                }
                #expect(throws: ProofError.self, "byte \(index), bit \(bit)") {
                    try ExtensionProof(document).check(against: note, key: nil)
                }
            }
        }
    }
}

/// Records in memory, with the tree over them.
struct SmallLog {
    let records: [[UInt8]]
    let leaves: [Digest32]
    let signer: NoteSigner

    init(size: Int, salt: Int64 = 0) {
        var (records, leaves): ([[UInt8]], [Digest32]) = ([], [])
        for number in 1...size {
            var bytes: [UInt8] = []
            let draft = EventDraft(
                id: "\(number)", source: "/test", type: "thing.made", subject: "things/\(number % 3)",
                time: DateTime(milliseconds: Int64(number)),
                data: ["number": .int64(Int64(number)), "salt": .int64(salt)],
                requestKey: .zero, requestDigest: .zero)
            try? RecordEncoder.encode(
                draft, position: UInt64(number), recordedTime: DateTime(milliseconds: 1_000), streamVersion: 1,
                into: &bytes)
            records.append(bytes)
            bytes.withUnsafeBytes {
                if let record = try? Record(validating: $0) { leaves.append(record.leaf) }
            }
        }
        self.records = records
        self.leaves = leaves
        // The name and the seed are right.
        signer = try! NoteSigner(name: "test", seed: Array(repeating: 7, count: 32))
    }

    var size: UInt64 { UInt64(records.count) }
    var key: NoteKey { signer.key }

    private func subtree(_ subtree: MerkleSubtree) -> Digest32 {
        MerkleTree.subtreeRoot(subtree) { leaves[Int($0)] }
    }

    func checkpoint(_ size: UInt64) throws -> SignedNote {
        try signer.sign(
            LogCheckpoint(origin: "log", size: size, root: MerkleTree.root(size: size, subtree: subtree)).text)
    }

    func proof(_ position: UInt64, withholdsData: Bool = false) -> EventProof {
        let hashes = MerkleTree.inclusionProof(index: position - 1, size: size, subtree: subtree)
        return records[Int(position - 1)].withUnsafeBytes {
            try! EventProof(
                Record(validating: $0), size: size, hashes: hashes!, checkpoint: checkpoint(size), key: key,
                withholdsData: withholdsData)
        }
    }

    func extensionProof(_ from: UInt64, _ to: UInt64) -> ExtensionProof {
        let hashes = MerkleTree.consistencyProof(from: from, to: to, subtree: subtree)
        return try! ExtensionProof(from: from, hashes: hashes!, checkpoint: checkpoint(to), key: key)
    }
}
