package sallyport.tls.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Future;
import java.nio.file.Path;
import java.security.Security;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sallyport.config.certificate.SignersConfig;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.keys.KeyMaterial;
import sallyport.credentials.pkcs11.Signer;
import sallyport.credentials.pkcs11.SignerPool;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.testkit.TestKeys;
import sallyport.testkit.TestPki;

/** Signatures by keys elsewhere: in time, in order, and accounted for. */
class RemoteSignaturesTest {
  private static final int ECDSA_SHA256 = 0x0403;
  private static final int RSA_SHA1 = 0x0201;
  private static final byte[] MESSAGE = {1, 2, 3};

  @TempDir Path folder;

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoop loop = (EventLoop) group.next();
  private final SignerPool pool = new SignerPool(new SignersConfig(1, 1, Duration.ofMillis(200)));
  private final GatewayMetrics metrics = new GatewayMetrics();
  private final BlockingQueue<AuditEvent> audited = new LinkedBlockingQueue<>();
  private final CountDownLatch release = new CountDownLatch(1);
  private RemoteSignatures signatures;
  private SSLEngine engine;

  @BeforeEach
  void open() throws Exception {
    KeyMaterial material = TestKeys.open(TestPki.SERVER, folder, Role.SERVER);
    Signer signer = new Signer(material.key(), Security.getProvider("SunEC"), pool);
    signatures =
        new RemoteSignatures(signer, new KeyUse("server", material, metrics, audited::add));
    engine = SSLContext.getDefault().createSSLEngine();
  }

  @AfterEach
  void close() {
    release.countDown();
    pool.close();
    metrics.close();
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private Future<byte[]> sign(int scheme) throws Exception {
    return loop.submit(() -> signatures.sign(engine, scheme, MESSAGE)).get(20, TimeUnit.SECONDS);
  }

  /** Takes the one thread there is. */
  private void holdTheToken() {
    assertThat(
            pool.submit(
                () -> {
                  try {
                    release.await(20, TimeUnit.SECONDS);
                  } catch (InterruptedException over) {
                    Thread.currentThread().interrupt();
                  }
                }))
        .isTrue();
  }

  private void assertRefused(Future<byte[]> signature, String reason) throws Exception {
    assertThat(signature.awaitUninterruptibly(20, TimeUnit.SECONDS)).isTrue();
    assertThat(signature.cause()).hasMessage(reason);
    assertThat(audited.poll(20, TimeUnit.SECONDS))
        .isInstanceOfSatisfying(
            AuditEvent.SignatureRefused.class,
            refused -> assertThat(refused.reason()).isEqualTo(reason));
    assertThat(metrics.scrape())
        .contains("gateway_keys_signatures_refused_total", "reason=\"" + reason + "\"");
  }

  @Test
  void aSignatureIsMadeAndItsFirstIsAudited() throws Exception {
    Future<byte[]> signature = sign(ECDSA_SHA256);
    assertThat(signature.awaitUninterruptibly(20, TimeUnit.SECONDS)).isTrue();
    assertThat(signature.getNow()).isNotEmpty();
    assertThat(audited.poll(20, TimeUnit.SECONDS)).isInstanceOf(AuditEvent.KeyUsed.class);
  }

  @Test
  void aTokenThatTakesTooLong() throws Exception {
    holdTheToken();
    assertRefused(sign(ECDSA_SHA256), "timeout");
  }

  @Test
  void moreThanMayWaitIsRefusedAtOnce() throws Exception {
    holdTheToken();
    // One waits; it makes no difference that it will be too late.
    sign(ECDSA_SHA256);
    assertRefused(sign(ECDSA_SHA256), "overloaded");
  }

  @Test
  void aSchemeWithSha1IsRefused() throws Exception {
    assertRefused(sign(RSA_SHA1), "scheme");
  }

  @Test
  void aTokenThatRefuses() throws Exception {
    // An RSA signature by an EC key.
    assertRefused(sign(0x0401), "token");
  }
}
