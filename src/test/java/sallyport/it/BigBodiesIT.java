package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sallyport.net.admission.BufferMemory;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OneLane;
import sallyport.testkit.Origin;
import sallyport.testkit.Setup;
import sallyport.testkit.Zeros;

/**
 * Studies that pass through a route for DICOMweb at constant memory. With {@code
 * -Dbodies.upload-mib=6144 -Dbodies.download-mib=10240} they are as large as real ones.
 */
@OneLane("One exchange at a time, large.")
@Timeout(900)
class BigBodiesIT {
  private static final long MIB = 1024 * 1024;
  private static final long UPLOAD = Long.getLong("bodies.upload-mib", 192) * MIB;
  private static final long DOWNLOAD = Long.getLong("bodies.download-mib", 192) * MIB;

  /** What buffers may hold beyond what they held before: some chunks of the allocator. */
  private static final long BOUND = 48 * MIB;

  private static final byte[] PIECE = new byte[64 * 1024];
  private static final String OPEN = "--study\r\nContent-Type: application/dicom\r\n\r\n";
  private static final String CLOSE = "\r\n--study--\r\n";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private final BufferMemory memory = new BufferMemory(0);
  private final AtomicLong most = new AtomicLong();

  private void look() {
    most.accumulateAndGet(memory.used(), Math::max);
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void aStudyIsStored(Version version) throws Exception {
    Origin origin =
        gateway.origin(
            r -> {
              assertThat(r.header("transfer-encoding")).isEqualTo("chunked");
              r.answer(200, Long.toString(chunked(r.raw())));
            });
    gateway.start(
        Setup.to(origin).limits("max-body = 1MiB").route("path = /dicom-web, preset = dicomweb"));
    long before = memory.used();
    HttpResponse<String> response =
        gateway
            .client(version)
            .send(
                HttpRequest.newBuilder(gateway.uri("/dicom-web/studies"))
                    .header(
                        "Content-Type",
                        "multipart/related; type=\"application/dicom\"; boundary=study")
                    .POST(HttpRequest.BodyPublishers.ofInputStream(this::study))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(Long.toString(OPEN.length() + UPLOAD + CLOSE.length()));
    assertThat(most.get() - before).as("bytes in buffers").isLessThan(BOUND);
  }

  private InputStream study() {
    return new SequenceInputStream(
        Collections.enumeration(List.of(text(OPEN), new Zeros(UPLOAD), text(CLOSE))));
  }

  private static InputStream text(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Reads a body in chunks to its end, and counts its bytes. */
  private long chunked(InputStream raw) throws IOException {
    BufferedInputStream in = new BufferedInputStream(raw, PIECE.length);
    long count = 0;
    for (long looked = 0; ; ) {
      long size = Long.parseLong(line(in), 16);
      in.skipNBytes(size);
      assertThat(line(in)).isEmpty();
      if (size == 0) {
        return count;
      }
      count += size;
      if (count - looked > MIB) {
        looked = count;
        look();
      }
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int octet; (octet = in.read()) != '\n'; ) {
      if (octet != '\r') {
        line.append((char) octet);
      }
    }
    return line.toString();
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void aStudyIsRetrieved(Version version) throws Exception {
    Origin origin =
        gateway.origin(
            r -> {
              r.write(
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                      + "Content-Type: multipart/related; boundary=study\r\n\r\n");
              OutputStream out = r.out();
              byte[] size =
                  (Integer.toHexString(PIECE.length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
              for (long left = DOWNLOAD; left > 0; left -= PIECE.length) {
                out.write(size);
                out.write(PIECE);
                out.write('\r');
                out.write('\n');
              }
              r.write("0\r\n\r\n");
            });
    gateway.start(Setup.to(origin).route("path = /dicom-web, preset = dicomweb"));
    long before = memory.used();
    HttpResponse<InputStream> response =
        gateway
            .client(version)
            .send(
                HttpRequest.newBuilder(gateway.uri("/dicom-web/studies/1")).build(),
                HttpResponse.BodyHandlers.ofInputStream());
    long count = 0;
    try (InputStream body = response.body()) {
      byte[] buffer = new byte[64 * 1024];
      for (int read; (read = body.read(buffer)) >= 0; ) {
        if (count / MIB != (count + read) / MIB) {
          look();
        }
        count += read;
      }
    }
    assertThat(count).isEqualTo(DOWNLOAD);
    assertThat(most.get() - before).as("bytes in buffers").isLessThan(BOUND);
  }
}
