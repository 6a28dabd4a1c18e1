package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.Dcmtk;
import sallyport.testkit.Eventually;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.HeldPort;
import sallyport.testkit.Loops;
import sallyport.testkit.StreamPeer;
import sallyport.testkit.TestPki;
import sallyport.testkit.TlsStream;

/** DICOM under mutual TLS from both sides: DCMTK in front, DCMTK or Orthanc behind. */
class DicomIT {
  private static final int STUDY = 200 * 1024 * 1024;
  private static final String ASSOCIATE_RQ = "\1\0\0\0\0\4abcd";
  private static final String ASSOCIATE_AC = "\2\0\0\0\0\4abcd";
  private static final String DATA = "\4\0\0\0\0\4";
  private static final String RELEASE_RQ = "\5\0\0\0\0\4\0\0\0\0";
  private static final String RELEASE_RP = "\6\0\0\0\0\4\0\0\0\0";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  // ---- scene

  private void start(String endpoint) throws IOException {
    TestPki.BACKEND.write(gateway.file("backend.pem"), gateway.file("backend.key"));
    TestPki.USER.write(gateway.file("user.pem"), gateway.file("user.key"));
    gateway.startWith(
        """
        gateway {
          listeners.dicom {
            bind = "127.0.0.1:0"
            protocol = dicom
            tls {
              certificates = [ { chain = server.pem, key = server.key } ]
              client-auth { mode = required, trust = clients-ca.pem }
            }
            forward-to = archive
          }
          backends.archive {
            endpoints = [ "%s" ]
            tls {
              trust = backend-ca.pem
              certificate { chain = client.pem, key = client.key }
              server-name = legacy.internal
            }
          }
          admin.bind = "127.0.0.1:0"
          drain-timeout = 1s
          runtime.workers = %d
        }
        """
            .formatted(endpoint, Loops.COUNT));
  }

  private Dcmtk storescp(HeldPort port) throws IOException {
    TestPki.BACKEND.write(gateway.file("backend.pem"), gateway.file("backend.key"));
    Files.createDirectory(gateway.file("archive"));
    return gateway.closing(
        Dcmtk.serve(
            gateway.folder(),
            port,
            "storescp",
            "+tls",
            "backend.key",
            "backend.pem",
            "+cf",
            "backend-ca.pem",
            "-od",
            "archive",
            "+B",
            String.valueOf(port.number())));
  }

  private Dcmtk storescu(String... more) throws IOException {
    return gateway.closing(
        Dcmtk.start(
            gateway.folder(),
            Stream.concat(
                    Stream.of("storescu", "-v", "+tls", "user.key", "user.pem", "+cf", "ca.pem"),
                    Stream.of(more))
                .toArray(String[]::new)));
  }

  private String port() {
    return String.valueOf(gateway.gateway().address("dicom").getPort());
  }

  private static String digest(Path file, long last) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r");
        FileChannel channel = in.getChannel()) {
      channel.position(channel.size() - last);
      ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
      while (channel.read(buffer.clear()) >= 0) {
        digest.update(buffer.flip());
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private Path stored() throws IOException {
    try (Stream<Path> files = Files.list(gateway.file("archive"))) {
      return files
          .reduce(
              (one, other) -> {
                throw new AssertionError("two files");
              })
          .orElseThrow();
    }
  }

  private double received() {
    return gateway.metric("gateway_stream_bytes_total", "direction=\"in\"");
  }

  // ---- real peers

  @Test
  void aStudyOf200MegabytesArrivesWholeThroughADrainInItsMidst() throws Exception {
    HeldPort port = gateway.closing(HeldPort.hold());
    Dcmtk archive = storescp(port);
    Dcmtk.writeObject(gateway.file("study.dcm"), "1.2.3.44", STUDY);
    start(port.address());
    Dcmtk sender = storescu("localhost", port(), "study.dcm");
    Eventually.equal("the transfer has begun", true, () -> received() > 1 << 20);
    archive.pause();
    CompletableFuture<Boolean> drained = gateway.drain(Duration.ofSeconds(50));
    assertThat(received()).isLessThan(STUDY);
    archive.resume();
    assertThat(sender.ended()).as(sender.said()).isZero();
    assertThat(sender.said()).contains("Received Store Response (Success)", "Releasing");
    assertThat(drained.get(50, TimeUnit.SECONDS)).isTrue();
    assertThat(digest(stored(), STUDY)).isEqualTo(digest(gateway.file("study.dcm"), STUDY));
    assertThat(gateway.access().awaitContaining("\"protocol\":\"TCP\""))
        .contains("\"backend\":\"archive\"", "\"client_certificate\":\"")
        .doesNotContain("Doe", "4711");
  }

  @Test
  void aSenderWithoutACertificateStoresNothing() throws Exception {
    HeldPort port = gateway.closing(HeldPort.hold());
    storescp(port);
    Dcmtk.writeObject(gateway.file("small.dcm"), "1.2.3.44", 1024);
    start(port.address());
    Dcmtk sender =
        gateway.closing(
            Dcmtk.start(
                gateway.folder(),
                "storescu",
                "+tla",
                "+cf",
                "ca.pem",
                "localhost",
                port(),
                "small.dcm"));
    assertThat(sender.ended()).isNotZero();
    gateway.assertHandshakeRefused("client_certificate_missing");
    Dcmtk plain =
        gateway.closing(
            Dcmtk.start(gateway.folder(), "storescu", "localhost", port(), "small.dcm"));
    assertThat(plain.ended()).isNotZero();
    assertThat(gateway.file("archive")).isEmptyDirectory();
  }

  @Test
  void orthancReceivesUnderTls() throws Exception {
    HeldPort dicom = gateway.closing(HeldPort.hold());
    HeldPort http = gateway.closing(HeldPort.hold());
    TestPki.BACKEND.write(gateway.file("backend.pem"), gateway.file("backend.key"));
    Files.writeString(
        gateway.file("orthanc.json"),
        """
        {
          "StorageDirectory" : "orthanc",
          "IndexDirectory" : "orthanc",
          "DicomPort" : %d,
          "HttpPort" : %d,
          "AuthenticationEnabled" : false,
          "DicomTlsEnabled" : true,
          "DicomTlsCertificate" : "backend.pem",
          "DicomTlsPrivateKey" : "backend.key",
          "DicomTlsTrustedCertificates" : "backend-ca.pem",
          "DicomTlsRemoteCertificateRequired" : true
        }
        """
            .formatted(dicom.number(), http.number()));
    gateway.closing(Dcmtk.serve(gateway.folder(), dicom, "Orthanc", "orthanc.json"));
    Dcmtk.writeObject(gateway.file("small.dcm"), "1.2.3.44", 1024);
    start(dicom.address());
    Dcmtk sender = storescu("-aec", "ORTHANC", "localhost", port(), "small.dcm");
    assertThat(sender.ended()).as(sender.said()).isZero();
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> patients =
          client.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + http.number() + "/patients?expand"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(patients.body()).contains("\"PatientID\" : \"4711\"");
    }
  }

  // ---- drains

  private TlsStream connect() throws IOException {
    InetSocketAddress address = gateway.gateway().address("dicom");
    return gateway.closing(
        TlsStream.connect(address, TestPki.context(TestPki.USER, TestPki.FRONT), "localhost"));
  }

  /** Answers PDUs of ten octets, data with data and all others with the PDU of the next type. */
  private static void archive(TlsStream stream, StreamPeer self) throws IOException {
    for (String pdu = stream.read(10); !pdu.isEmpty(); pdu = stream.read(10)) {
      stream.send(pdu.startsWith(DATA) ? pdu : (char) (pdu.charAt(0) + 1) + pdu.substring(1));
    }
    // Without close_notify there is an exception instead.
    self.hear("end");
  }

  @Test
  void aConnectionWithoutAnAssociationEndsAtADrain() throws Exception {
    StreamPeer archive = gateway.closing(StreamPeer.start(DicomIT::archive));
    start(archive.address());
    TlsStream client = connect();
    gateway.awaitMetric(1, "gateway_upstream_connections_active");
    CompletableFuture<Boolean> drained = gateway.drain(Duration.ofSeconds(40));
    assertThat(client.end()).isEqualTo("end");
    client.close();
    assertThat(archive.heard()).isEqualTo("end");
    assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void anAssociationGoesOnInADrainUntilItsRelease() throws Exception {
    start(gateway.closing(StreamPeer.start(DicomIT::archive)).address());
    TlsStream client = connect();
    client.send(ASSOCIATE_RQ);
    assertThat(client.read(10)).isEqualTo(ASSOCIATE_AC);
    CompletableFuture<Boolean> drained = gateway.drain(Duration.ofSeconds(40));
    client.ping(DATA + "data");
    assertThat(drained).isNotDone();
    client.send(RELEASE_RQ);
    assertThat(client.read(10)).isEqualTo(RELEASE_RP);
    assertThat(client.end()).isEqualTo("end");
    client.close();
    assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
    assertThat(gateway.access().awaitContaining("\"protocol\":\"TCP\""))
        .contains("\"ended\":\"drained\"");
  }

  @Test
  void anAssociationThatIsNotReleasedIsCutAtTheTimeout() throws Exception {
    start(gateway.closing(StreamPeer.start(DicomIT::archive)).address());
    TlsStream client = connect();
    client.send(ASSOCIATE_RQ);
    assertThat(client.read(10)).isEqualTo(ASSOCIATE_AC);
    assertThat(gateway.drain(Duration.ofSeconds(1)).get(20, TimeUnit.SECONDS)).isFalse();
    gateway.stop();
    assertThat(client.end()).isEqualTo("cut");
  }
}
