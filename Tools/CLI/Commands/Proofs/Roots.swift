import Annals
import ArgumentParser
import BSON

struct RootsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roots", abstract: "The root over all events: two logs with one root are the same log.")

    @OptionGroup var store: StoreDirectory
    @OptionGroup var output: Output

    func run() throws {
        try store.withStore(isSilent: output.isJSON) { store in
            let head = try store.logHead()
            if output.isJSON {
                try Console.printJSON([
                    "position": .int64(Int64(clamping: head.size)), "log": .string("\(head.root)"),
                ])
            } else {
                try Console.print("position  \(Figure.grouped(head.size))")
                try Console.print("log       \(head.root)")
            }
        }
    }
}
