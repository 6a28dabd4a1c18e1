package sallyport.tls.engine;

import io.netty.handler.ssl.OpenSslAsyncPrivateKeyMethod;
import io.netty.handler.ssl.OpenSslX509KeyManagerFactory;
import io.netty.util.concurrent.DefaultPromise;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.internal.ThreadExecutorMap;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.SignatureException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import sallyport.credentials.keys.KeyMaterial;
import sallyport.credentials.pkcs11.Signer;
import sallyport.credentials.pkcs11.SignerPool;

/**
 * Signatures of handshakes by a key that stays in its token, off the event loop. The engine drops
 * the reason of a failed one, so that it is counted and audited here.
 *
 * <p>Called on event loops; signatures are made on the threads of the token.
 */
public final class RemoteSignatures implements OpenSslAsyncPrivateKeyMethod {
  private static final long NOT = 0;

  /** Time at which the token was asked for a signature, by System.nanoTime(). */
  private static final class Asked {
    private volatile long since = NOT;
  }

  private final Signer signer;
  private final SignerPool pool;
  private final KeyUse use;

  public RemoteSignatures(Signer signer, KeyUse use) {
    this.signer = signer;
    this.pool = signer.pool();
    this.use = use;
  }

  /**
   * Makes a key manager that shows the chain and has no key: the engine has to ask for every
   * signature.
   */
  public static KeyManagerFactory keyless(KeyMaterial material) throws SSLException {
    try {
      return OpenSslX509KeyManagerFactory.newKeyless(material.chainArray());
    } catch (GeneralSecurityException | IOException cannotBe) {
      throw new SSLException(cannotBe);
    }
  }

  /**
   * @param input the whole message, although the interface speaks of a digest
   */
  @Override
  public Future<byte[]> sign(SSLEngine engine, int algorithm, byte[] input) {
    // Completed on the connection's own loop: the engine's handler is not made for other threads.
    EventExecutor loop = ThreadExecutorMap.currentExecutor();
    Promise<byte[]> promise = new DefaultPromise<>(loop);
    Signer.Scheme scheme = Signer.Scheme.of(algorithm);
    if (scheme == null) {
      refuse(promise, "scheme", "no such signature scheme: 0x" + Integer.toHexString(algorithm));
      return promise;
    }
    Asked asked = new Asked();
    Future<?> timer =
        loop.schedule(
            () -> {
              refuse(promise, "timeout", "the token took too long");
              lookWhetherItHangs(loop, asked);
            },
            pool.timeout().toNanos(),
            TimeUnit.NANOSECONDS);
    promise.addListener(done -> timer.cancel(false));
    boolean accepted =
        pool.submit(
            () -> {
              if (!promise.isDone()) {
                asked.since = Math.max(System.nanoTime(), NOT + 1);
                sign(promise, scheme, input);
                asked.since = NOT;
              }
            });
    if (!accepted) {
      refuse(promise, "overloaded", "too many signatures wait for the token");
    }
    return promise;
  }

  /**
   * Reports a token that hangs. A signature that waited for its turn has had less than its time
   * with the token.
   */
  private void lookWhetherItHangs(EventExecutor loop, Asked asked) {
    long since = asked.since;
    if (since == NOT) {
      return;
    }
    long left = since + pool.timeout().toNanos() - System.nanoTime();
    if (left > 0) {
      loop.schedule(() -> lookWhetherItHangs(loop, asked), left, TimeUnit.NANOSECONDS);
    } else {
      signer.hangs(pool.timeout());
    }
  }

  private void sign(Promise<byte[]> promise, Signer.Scheme scheme, byte[] input) {
    long start = System.nanoTime();
    try {
      byte[] signature = signer.sign(scheme, input);
      if (promise.trySuccess(signature)) {
        use.signed(System.nanoTime() - start);
      }
    } catch (GeneralSecurityException | RuntimeException failed) {
      refuse(promise, "token", String.valueOf(failed.getMessage()));
    }
  }

  private void refuse(Promise<byte[]> promise, String reason, String detail) {
    if (promise.tryFailure(new SignatureException(reason))) {
      use.refused(reason, detail);
    }
  }

  /** Refuses: RSA key transport is in no policy. */
  @Override
  public Future<byte[]> decrypt(SSLEngine engine, byte[] input) {
    return ThreadExecutorMap.currentExecutor().newFailedFuture(new UnsupportedOperationException());
  }
}
