package sallyport.tls.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import sallyport.config.GatewayConfig;
import sallyport.config.backend.BackendConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.keys.KeyMaterial;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.revocation.ocsp.Ocsp;
import sallyport.credentials.revocation.ocsp.Staples;
import sallyport.credentials.rotation.Rotatable;
import sallyport.credentials.rotation.Rotation;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;
import sallyport.tls.challenge.Challenges;
import sallyport.tls.rotation.TlsServices;
import sallyport.tls.upstream.UpstreamTls;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.CertificateRequest.Usage;

/** TLS of one listener and one backend, from real files, without a gateway around it. */
public final class LoadedTls implements AutoCloseable {
  final List<AuditEvent> audited = new ArrayList<>();
  final GatewayMetrics metrics = new GatewayMetrics();
  final Challenges challenges = new Challenges();
  final GatewayConfig config;
  final KeyOpener keys;
  final TlsServices services;
  private final Path folder;
  private final Ocsp ocsp;
  private final Staples staples;
  private @Nullable ServerTls server;
  private @Nullable UpstreamTls upstream;

  public LoadedTls(Path folder, Clock clock, Setup setup) {
    this.folder = folder;
    TestPki.writeTo(folder);
    try {
      this.config = GatewayConfig.parse(setup.hocon(), folder);
    } catch (InvalidConfiguration e) {
      throw new AssertionError(e.getMessage(), e);
    }
    this.keys = new KeyOpener(config.keys(), audited::add, clock);
    this.ocsp = new Ocsp(clock);
    this.staples = new Staples(ocsp, metrics, audited::add, clock);
    this.services = new TlsServices(ocsp, staples, metrics, audited::add, clock);
  }

  ListenerConfig.Tls listener() {
    return (ListenerConfig.Tls) Objects.requireNonNull(config.listeners().get("https"));
  }

  public BackendConfig backend() {
    return Objects.requireNonNull(config.backends().get("app"));
  }

  KeyMaterial material() {
    List<String> problems = new ArrayList<>();
    KeyMaterial material =
        keys.open(listener().tls().certificates().getFirst(), Role.SERVER, problems);
    assertThat(problems).isEmpty();
    return Objects.requireNonNull(material);
  }

  ServerTls server() {
    if (server == null) {
      List<String> problems = new ArrayList<>();
      server = ServerTls.load(listener(), keys, services, challenges, /* before= */ null, problems);
      assertThat(problems).isEmpty();
    }
    return Objects.requireNonNull(server);
  }

  public UpstreamTls upstream() {
    if (upstream == null) {
      List<String> problems = new ArrayList<>();
      upstream =
          UpstreamTls.load(backend(), backend().tls().orElseThrow(), keys, services, problems);
      assertThat(problems).isEmpty();
    }
    return Objects.requireNonNull(upstream);
  }

  /** Puts another certificate and key in the place of both. */
  void renewFiles() {
    try {
      TestPki.FRONT
          .issue(
              CertificateRequest.of("server")
                  .dns("localhost", "gateway.test", "*.wild.test")
                  .ip("127.0.0.1")
                  .usage(Usage.SERVER_AUTH))
          .write(folder.resolve("server.pem"), folder.resolve("server.key"));
      TestPki.BACK
          .issue(CertificateRequest.of("gateway").usage(Usage.CLIENT_AUTH))
          .write(folder.resolve("client.pem"), folder.resolve("client.key"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Rotation rotate(Rotatable rotatable) {
    return rotatable.rotate(keys, /* mayLoosen= */ false);
  }

  /** The first flight of a client that asks for {@code localhost}. */
  static ByteBuf hello(String... protocols) {
    try {
      SSLContext context = TestPki.context(null, TestPki.FRONT);
      SSLEngine client = context.createSSLEngine("localhost", 443);
      client.setUseClientMode(true);
      SSLParameters parameters = client.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName("localhost")));
      parameters.setApplicationProtocols(protocols);
      client.setSSLParameters(parameters);
      ByteBuffer flight = ByteBuffer.allocate(client.getSession().getPacketBufferSize());
      client.wrap(ByteBuffer.allocate(0), flight);
      return Unpooled.wrappedBuffer(flight.flip());
    } catch (SSLException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    if (server != null) {
      server.close();
    }
    if (upstream != null) {
      upstream.close();
    }
    challenges.close();
    staples.close();
    ocsp.close();
    keys.close();
    metrics.close();
  }
}
