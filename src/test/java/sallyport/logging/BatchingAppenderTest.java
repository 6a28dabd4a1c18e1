package sallyport.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.OutputStreamAppender;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Lines through a thread of their own. */
@Timeout(60)
class BatchingAppenderTest {
  private final LoggerContext context = new LoggerContext();
  private final BatchingAppender batching = new BatchingAppender();
  private final BlockingQueue<String> written = new LinkedBlockingQueue<>();

  private void start() {
    context.setMDCAdapter(new LogbackMDCAdapter());
    batching.setContext(context);
    batching.start();
  }

  private void log(int line) {
    LoggingEvent event = new LoggingEvent();
    event.setLoggerContext(context);
    event.setLevel(Level.INFO);
    event.setMessage("line " + line);
    batching.doAppend(event);
  }

  private static List<String> lines(int count) {
    return IntStream.range(0, count).mapToObj(i -> "line " + i).toList();
  }

  /** Takes lines only when it is let. */
  private final class Gate extends AppenderBase<ILoggingEvent> {
    final Semaphore permits = new Semaphore(0);
    final CountDownLatch entered = new CountDownLatch(1);

    @Override
    protected void append(ILoggingEvent event) {
      entered.countDown();
      permits.acquireUninterruptibly();
      written.add(event.getFormattedMessage());
    }
  }

  private Gate gate() {
    Gate gate = new Gate();
    gate.setContext(context);
    gate.start();
    batching.addAppender(gate);
    return gate;
  }

  @Test
  void stoppingWritesEveryLineInOrder() {
    Gate gate = gate();
    gate.permits.release(1000);
    start();
    IntStream.range(0, 1000).forEach(this::log);
    batching.stop();
    assertThat(written).containsExactlyElementsOf(lines(1000));
  }

  @Test
  void aLineIsWrittenWithoutAnotherToFollowIt() throws InterruptedException {
    Gate gate = gate();
    start();
    for (int i = 0; i < 3; i++) {
      log(i);
      gate.permits.release();
      assertThat(written.poll(20, TimeUnit.SECONDS)).isEqualTo("line " + i);
    }
    batching.stop();
  }

  @Test
  void whoWritesToAFullQueueWaitsAndNothingIsLost() throws InterruptedException {
    Gate gate = gate();
    batching.setQueueSize(2);
    start();
    log(0);
    assertThat(gate.entered.await(20, TimeUnit.SECONDS)).isTrue();
    Thread client = Thread.ofPlatform().start(() -> IntStream.range(1, 50).forEach(this::log));
    long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (client.getState() != Thread.State.WAITING && System.nanoTime() < patience) {
      Thread.onSpinWait();
    }
    assertThat(client.getState()).isEqualTo(Thread.State.WAITING);
    assertThat(written).isEmpty();
    gate.permits.release(50);
    client.join();
    batching.stop();
    assertThat(written).containsExactlyElementsOf(lines(50));
  }

  @Test
  void theLinesOfABatchAreFlushedTogether() throws InterruptedException {
    Gate gate = gate();
    List<String> flushed = Collections.synchronizedList(new ArrayList<>());
    ByteArrayOutputStream out =
        new ByteArrayOutputStream() {
          @Override
          public void flush() {
            flushed.add(toString(StandardCharsets.US_ASCII));
          }
        };
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern("%msg;");
    encoder.start();
    OutputStreamAppender<ILoggingEvent> stream = new OutputStreamAppender<>();
    stream.setContext(context);
    stream.setEncoder(encoder);
    stream.setImmediateFlush(false);
    stream.setOutputStream(out);
    stream.start();
    batching.addAppender(stream);
    start();
    log(0);
    assertThat(gate.entered.await(20, TimeUnit.SECONDS)).isTrue();
    IntStream.range(1, 10).forEach(this::log);
    gate.permits.release(10);
    batching.stop();
    assertThat(flushed).contains("line 0;");
    assertThat(flushed.stream().distinct()).hasSize(2);
    assertThat(flushed.getLast()).startsWith("line 0;line 1;").endsWith("line 9;");
  }
}
