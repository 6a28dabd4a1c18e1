import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks or rewrites every Java file below the given folders with google-java-format.
 *
 * <p>Usage: {@code java -cp google-java-format.jar Format.java check|write FOLDER...}. Exit 1 when
 * {@code check} finds a file that is formatted otherwise; each is named on a line of its own.
 */
public final class Format {

  public static void main(String[] args) throws Exception {
    boolean write = args[0].equals("write");
    var formatter =
        new Formatter(
            JavaFormatterOptions.builder().style(JavaFormatterOptions.Style.GOOGLE).build());
    List<Path> unformatted = new ArrayList<>();
    for (String folder : List.of(args).subList(1, args.length)) {
      if (!Files.isDirectory(Path.of(folder))) {
        continue;
      }
      try (var files = Files.walk(Path.of(folder))) {
        for (Path file : files.filter(f -> f.toString().endsWith(".java")).sorted().toList()) {
          String source = Files.readString(file);
          String formatted =
              formatter.formatSource(
                  ImportOrderer.reorderImports(
                      RemoveUnusedImports.removeUnusedImports(source),
                      JavaFormatterOptions.Style.GOOGLE));
          if (!formatted.equals(source)) {
            unformatted.add(file);
            if (write) {
              Files.writeString(file, formatted);
            }
          }
        }
      }
    }
    unformatted.forEach(file -> System.out.println((write ? "formatted " : "unformatted ") + file));
    if (!write && !unformatted.isEmpty()) {
      System.out.println("run: mvn validate exec:exec@format");
      System.exit(1);
    }
  }
}
