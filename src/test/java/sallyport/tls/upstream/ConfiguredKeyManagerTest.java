package sallyport.tls.upstream;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.AbstractList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.keys.KeyMaterial;
import sallyport.testkit.Leaks;
import sallyport.testkit.TestKeys;
import sallyport.testkit.TestPki;

/** Native copies of the key that is shown to backends: made once, shared, and freed. */
class ConfiguredKeyManagerTest {
  @TempDir Path folder;

  @Test
  void firstHandshakesOfSeveralLoopsLeaveNoNativeKeyBehind() throws Exception {
    CountDownLatch bothHaveFoundNone = new CountDownLatch(2);
    CountDownLatch oneHasMadeIt = new CountDownLatch(1);
    AtomicInteger calls = new AtomicInteger();
    KeyMaterial opened = TestKeys.open(TestPki.CLIENT, folder, Role.CLIENT);
    KeyMaterial material =
        new KeyMaterial(
            opened.label(),
            opened.key(),
            null,
            new ChainWithHook(
                opened.chain(),
                () -> {
                  // Netty asks for the chain when it has found no native key.
                  int call = calls.incrementAndGet();
                  bothHaveFoundNone.countDown();
                  await(bothHaveFoundNone);
                  if (call == 2) {
                    await(oneHasMadeIt);
                  }
                }),
            opened.keyType(),
            opened.info());
    SslContext context =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.OPENSSL_REFCNT)
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .keyManager(ConfiguredKeyManager.factory(material))
            .build();

    CompletableFuture<Void> one = handshakeOf(context);
    CompletableFuture<Void> other = handshakeOf(context);
    CompletableFuture.anyOf(one, other).get(20, SECONDS);
    oneHasMadeIt.countDown();
    CompletableFuture.allOf(one, other).get(20, SECONDS);
    ReferenceCountUtil.release(context);

    assertThat(calls).hasValueGreaterThanOrEqualTo(2);
    assertThat(Leaks.found()).as("native keys that were lost").isEmpty();
  }

  private static CompletableFuture<Void> handshakeOf(SslContext context) {
    return CompletableFuture.runAsync(
        () -> {
          SSLEngine client = context.newEngine(UnpooledByteBufAllocator.DEFAULT);
          SSLEngine server = TestPki.context(TestPki.BACKEND, TestPki.BACK).createSSLEngine();
          server.setUseClientMode(false);
          server.setNeedClientAuth(true);
          try {
            handshake(client, server);
          } catch (SSLException e) {
            throw new AssertionError(e);
          } finally {
            ReferenceCountUtil.release(client);
          }
        },
        work -> new Thread(work, "handshake").start());
  }

  private static void handshake(SSLEngine client, SSLEngine server) throws SSLException {
    ByteBuffer toServer = ByteBuffer.allocate(1 << 16);
    ByteBuffer toClient = ByteBuffer.allocate(1 << 16);
    client.beginHandshake();
    server.beginHandshake();
    while (!done(client) || !done(server)) {
      step(client, toClient, toServer);
      step(server, toServer, toClient);
    }
  }

  private static boolean done(SSLEngine engine) {
    return engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING;
  }

  private static void step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
    Runnable task;
    while ((task = engine.getDelegatedTask()) != null) {
      task.run();
    }
    engine.wrap(ByteBuffer.allocate(0), out);
    in.flip();
    engine.unwrap(in, ByteBuffer.allocate(1 << 16));
    in.compact();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, SECONDS)).isTrue();
    } catch (InterruptedException over) {
      throw new AssertionError(over);
    }
  }

  /** A chain that runs the hook each time it is copied. */
  private static final class ChainWithHook extends AbstractList<X509Certificate> {
    private final List<X509Certificate> chain;
    private final Runnable hook;

    ChainWithHook(List<X509Certificate> chain, Runnable hook) {
      this.chain = chain;
      this.hook = hook;
    }

    @Override
    public X509Certificate get(int index) {
      return chain.get(index);
    }

    @Override
    public int size() {
      return chain.size();
    }

    @Override
    public <T> T[] toArray(IntFunction<T[]> array) {
      hook.run();
      return chain.toArray(array);
    }
  }
}
