import BSON
import Crypto
import EventLog
import Foundation
import Projections
import Schema
import Testing

@testable import Views

/// The construction: what a document is spread to, and that sums are of sets.
@Suite struct LatticeSumTests {
    private let catalogue: Catalogue

    init() throws { catalogue = try Catalogue(allCollections) }

    private func hash(_ document: Document, _ collection: String) throws -> DocumentHash {
        let model = try #require(catalogue[collection])
        return document.withRaw { DocumentHash($0, of: model) }
    }

    private func digest(_ sum: LatticeSum) -> String { sum.withBytes { "\(Digest32.hashing($0))" } }

    private static let like: Document = ["n": .int32(1)]
    private static let user: Document = [
        "name": "Ada", "isActive": true, "profile": ["bio": "x", "z": .int32(1)], "password": "scrypt",
    ]

    /// Made by Python's hashlib and OpenSSL's `enc -aes-256-ctr`. The second document has fields that are left out.
    @Test func vectors() throws {
        let like = try hash(Self.like, "communitylikes")
        let user = try hash(Self.user, "users")
        #expect("\(like.digest)" == "c1a33cd1a89829caefeb7da524074cd428c22c172afca0c628301fb2fbc13c1f")
        #expect("\(user.digest)" == "7b41bfeb2e89bf7215b338c15593cc7b45b2128b3beb07893e61511719170a0f")
        let sum = LatticeSum()
        sum.add(like)
        #expect(digest(sum) == "f8bb479190c66ca4a7932cdae790b151738fbae1a4bdfdf03dcd839769a33e26")
        sum.withBytes { bytes in #expect(bytes.loadUnaligned(as: UInt16.self) == 0xbe34) }
        sum.add(user)
        #expect(digest(sum) == "8e7833e6ca39566cf0cee18e9dbf0b348f35968a0beaba4f98873b096022a398")
        sum.subtract(like)
        #expect(digest(sum) == "ba9512ac566feddeea285c4b1cf5bc4f2604044b57b93fea035a01945c460105")
    }

    @Test func orderIsNothingAndRemovalUndoes() throws {
        let documents = try (0..<40).map { try hash(["n": .int32(Int32($0))], "communitylikes") }
        func sum(_ hashes: [DocumentHash]) -> LatticeSum {
            let sum = LatticeSum()
            for hash in hashes { sum.add(hash) }
            return sum
        }
        let all = sum(documents)
        #expect(digest(all) == digest(sum(documents.reversed())))
        // Twice is not once, and one more is another.
        #expect(digest(all) != digest(sum(documents + documents.suffix(1))))
        #expect(Set((0..<40).map { digest(sum(Array(documents[..<$0]))) }).count == 40)
        // Sums of parts add up.
        let parts = sum(Array(documents[..<13]))
        sum(Array(documents[13...])).withBytes { parts.add($0) }
        #expect(digest(parts) == digest(all))
        #expect(!all.isZero)
        for document in documents.shuffled() { all.subtract(document) }
        #expect(all.isZero)
    }

    /// Whatever personal and secret fields say, or that they are there at all.
    @Test func whatIsHiddenIsNotInIt() throws {
        func user(_ changes: (inout Document) -> Void) throws -> DocumentHash {
            var user = Self.user
            changes(&user)
            return try hash(user, "users")
        }
        let plain = try user { _ in }
        #expect(try plain == user { $0.append("email", "ada@x.example") })
        #expect(try plain == user { $0.append("username", .null) })
        #expect(try plain == hash(["isActive": true, "profile": ["z": .int32(1)]], "users"))
        #expect(try plain != user { $0.append("createdAt", .null) })
        #expect(try plain != hash(["isActive": true, "profile": ["z": .int32(2)]], "users"))
        #expect(try plain != hash(["isActive": true, "z": .int32(1), "profile": Value.document([:])], "users"))
        // The same bytes in another view are another document.
        #expect(try hash(Self.like, "communitylikes") != hash(Self.like, "agentreviews"))

        // In the documents of an array, and below.
        func ticket(_ name: String, _ size: Int32) throws -> DocumentHash {
            try hash(
                ["attachments": .array([.document(["filename": .string(name), "fileSize": .int32(size)])])],
                "supporttickets")
        }
        #expect(try ticket("a.pdf", 1) == ticket("[erased]", 1))
        #expect(try ticket("a.pdf", 1) != ticket("a.pdf", 2))
    }

    /// All that erasure can change is left out: declared in one place, held to in the other.
    @Test func allThatErasureTouchesIsHidden() throws {
        var personal = 0
        for model in catalogue.collections {
            for path in SecretFields.paths(model.fields) + model.personal.paths {
                personal += 1
                var components = path.split(separator: ".").map(String.init)
                var document: Document = [components.removeLast(): "secret"]
                for component in components.reversed() { document = [component: .document(document)] }
                let hidden = document.withRaw { DocumentHash($0, of: model) }
                let text = JSON.string(document, style: .relaxed).replacing("secret", with: "[erased]")
                let erased = try JSON.parse(Array(text.utf8), extended: false).withRaw { DocumentHash($0, of: model) }
                #expect(hidden == erased, "\(model.name).\(path)")
            }
        }
        #expect(personal > 60)
    }
}
