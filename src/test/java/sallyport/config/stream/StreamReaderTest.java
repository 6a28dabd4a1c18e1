package sallyport.config.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.config.GatewayConfig;

/** Settings of streams, and what stands in where one is left out. */
class StreamReaderTest {
  @TempDir Path folder;

  private StreamConfig read(String protocol, String more) throws Exception {
    for (String name : List.of("a.pem", "a.key")) {
      Files.writeString(folder.resolve(name), "");
    }
    return GatewayConfig.parse(
        """
            gateway {
              listeners.in {
                bind = "127.0.0.1:0", protocol = %s, forward-to = b
                tls.certificates = [ { chain = a.pem, key = a.key } ]
                %s
              }
              backends.b {
                endpoints = [ "h:1" ]
                tls { trust = a.pem, certificate { chain = a.pem, key = a.key } }
              }
            }
            """
            .formatted(protocol, more),
        folder)
        .streams()
        .getFirst()
        .stream();
  }

  @ParameterizedTest
  @CsvSource({"tcp, 1", "postgres, 1", "mllp, 24", "dicom, 1"})
  void theTimeForAnIdleStreamFollowsFromItsProtocol(String protocol, long hours) throws Exception {
    assertThat(read(protocol, "").idle()).isEqualTo(Duration.ofHours(hours));
    assertThat(read(protocol, "timeouts.idle = 7m").idle()).isEqualTo(Duration.ofMinutes(7));
  }
}
