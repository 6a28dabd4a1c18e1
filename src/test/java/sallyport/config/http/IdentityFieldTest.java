package sallyport.config.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class IdentityFieldTest {
  @Test
  void everyFieldIsDocumentedWithItsSource() throws IOException {
    String documented = Files.readString(Path.of("docs/hardening.md"));
    assertThat(IdentityField.TABLE)
        .allSatisfy(
            field ->
                assertThat(documented)
                    .contains(
                        "| `%s` | %s | %s |"
                            .formatted(
                                field.name(),
                                field.kind().name().toLowerCase(java.util.Locale.ROOT),
                                field.believedBy())));
  }

  @Test
  void noNameStandsInItTwice() {
    assertThat(IdentityField.TABLE).extracting(IdentityField::name).doesNotHaveDuplicates();
    assertThat(IdentityField.TABLE)
        .extracting(IdentityField::name)
        .allMatch(name -> name.matches("[$a-z0-9-]+\\*?"));
  }
}
