package sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page that follows a request names classes that exist, and no more than fifteen stops. */
class FlowPageTest {
  private static final Pattern CLASS = Pattern.compile("`([A-Z][A-Za-z0-9]+)(?:\\.[a-zA-Z]+)?`");
  private static final Pattern NODE = Pattern.compile("\\[([A-Z][A-Za-z0-9]+)]");

  private static Set<String> names(String page) {
    Set<String> names = new TreeSet<>();
    Stream.of(CLASS, NODE)
        .flatMap(pattern -> pattern.matcher(page).results())
        .map(found -> found.group(1))
        // Constants of HTTP and TLS, such as GOAWAY.
        .filter(name -> !name.equals(name.toUpperCase(Locale.ROOT)))
        .forEach(names::add);
    return names;
  }

  private static Set<String> classes() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".java"))
          .map(name -> name.substring(0, name.length() - ".java".length()))
          .collect(Collectors.toSet());
    }
  }

  @Test
  void eachClassThatItNamesExists() throws IOException {
    Set<String> missing = names(Files.readString(Path.of("docs", "request-flow.md")));
    assertThat(missing).hasSizeGreaterThan(40);
    missing.removeAll(classes());
    assertThat(missing).isEmpty();
  }

  @Test
  void aClassThatIsGoneIsFound() throws IOException {
    Set<String> missing = names("| 1 | `ActiveExchange` | and `Exchange.start` |\n L[Door] --> A");
    missing.removeAll(classes());
    assertThat(missing).containsExactly("ActiveExchange", "Door");
  }

  @Test
  void theJourneyHasFifteenStops() throws IOException {
    assertThat(Files.readString(Path.of("docs", "request-flow.md")))
        .contains("| 15 | ")
        .doesNotContain("| 16 | ");
  }
}
