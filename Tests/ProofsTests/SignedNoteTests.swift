import Testing

@testable import Proofs

/// Notes and keys, with the examples of the Go project's package and of a public log.
@Suite struct SignedNoteTests {
    static let text = """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        """
    static let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    static let signer = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    static let signature =
        "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    static let note = text + "\n" + signature

    @Test func aKnownNoteIsVerified() throws {
        let note = try SignedNote(Array(Self.note.utf8))
        #expect(note.text == Self.text)
        #expect(try NoteKey(Self.key).verifies(note))
        #expect(note.description == Self.note)
    }

    @Test func aKnownKeySignsIt() throws {
        let signer = try NoteSigner(Self.signer)
        #expect(signer.text == Self.signer)
        #expect(signer.key.description == Self.key)
        #expect(try signer.sign(Self.text).description == Self.note)
    }

    @Test func aPublicLogsCheckpointIsRead() throws {
        let key = try NoteKey("sigsum.org:testonly+8de2c54b+AYzzrIWq3UKJHFrprvJyRMsqVGojEvgAIKrT8q4a9zMU")
        let note = try SignedNote(
            Array(
                """
                sigsum.org:testonly
                23
                HSt6W8ve4/36xAIf04qDOqaKLaKqSOUqKxLNrkK74+g=

                \u{2014} sigsum.org:testonly jeLFS4WQDEeTavbiYArHzCQUPXbQ1Y/V8/dKJlBxqOAY4eLhSh3uWNJ8YXp1vs/zR4SDNHI+6UybLmHmFlg/VSf5OAs=

                """.utf8))
        #expect(key.verifies(note))
        let checkpoint = try LogCheckpoint(note)
        #expect(checkpoint.origin == "sigsum.org:testonly")
        #expect(checkpoint.size == 23)
        #expect(checkpoint.text == note.text)
    }

    @Test func everyAlteredByteIsFound() throws {
        let key = try NoteKey(Self.key)
        let bytes = Array(Self.note.utf8)
        for index in bytes.indices {
            for bit in [0, 3, 5] {
                var altered = bytes
                altered[index] ^= 1 << bit
                guard let note = try? SignedNote(altered) else { continue }
                #expect(!key.verifies(note), "byte \(index), bit \(bit)")
            }
        }
    }

    @Test(arguments: [
        ("", "newline"), ("text\n", "no empty line"), ("text\n\n", "0 signatures"), ("\n" + signature, "no empty line"),
        (text + "\n" + signature.dropLast(), "newline"), ("a\tb\n\n" + signature, "control character"),
        (text + "\n" + "\u{2014} Peter+Neumann x08go/ZJ\n", "NAME BASE64"),
        (text + "\n" + "\u{2014} PeterNeumann x08g\n", "NAME BASE64"),
        (text + "\n" + "\u{2014} PeterNeumann x08go/Z\n", "NAME BASE64"),
        (text + "\n" + "- PeterNeumann x08go/ZJ\n", "NAME BASE64"),
    ])
    func otherTextsAreRefused(text: String, problem: String) {
        let error = #expect(throws: ProofError.self) { try SignedNote(Array(text.utf8)) }
        #expect(error?.description.contains(problem) == true, "\(error as Any)")
    }

    @Test func tooMuchIsRefused() {
        for (text, problem) in [
            (Self.text + "\n" + String(repeating: Self.signature, count: 33), "33 signatures"),
            (String(repeating: "a", count: 70_000) + "\n\n" + Self.signature, "the most"),
        ] {
            let error = #expect(throws: ProofError.self) { try SignedNote(Array(text.utf8)) }
            #expect(error?.description.contains(problem) == true)
        }
    }

    @Test func bytesThatAreNoTextAreRefused() {
        #expect(throws: ProofError.self) { try SignedNote([0xFF, 0x0A, 0x0A] + Array(Self.signature.utf8)) }
    }

    @Test(arguments: [
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10Q=", "PeterNeumann", "",
    ])
    func otherKeysAreRefused(text: String) {
        #expect(throws: ProofError.self) { try NoteKey(text) }
    }

    @Test func aFileHasNotesOneAfterTheOther() throws {
        let signer = try NoteSigner(name: "here", seed: Array(repeating: 7, count: 32))
        let notes = try (0..<5).map { try signer.sign("log\n\($0)\nroot\n") }
        let file = notes.map { "\($0)\n" }.joined()
        #expect(try SignedNote.all(in: Array(file.utf8)) == notes)
        #expect(try SignedNote.all(in: Array("\(notes[0])".utf8)) == [notes[0]])
        #expect(try SignedNote.all(in: []) == [])
        // Torn in the middle of the last.
        #expect(throws: ProofError.self) { try SignedNote.all(in: Array(file.utf8.dropLast(20))) }
    }

    @Test(arguments: ["0\n", "log\n1\n", "log\n01\nAAAA\n", "log\n-1\nAAAA\n", "log\n1\nAAAA\n", "log\n1\n\nAAAA\n"])
    func notesThatAreNoCheckpointsAreRefused(text: String) throws {
        let signer = try NoteSigner(name: "here", seed: Array(repeating: 7, count: 32))
        let note = try signer.sign(text)
        #expect(throws: ProofError.self) { try LogCheckpoint(note) }
    }
}
