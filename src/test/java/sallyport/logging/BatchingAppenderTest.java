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
import sallyport.testkit.Eventually;

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
    log("any", "line " + line);
  }

  private void log(String logger, String text) {
    batching.doAppend(event(logger, text));
  }

  private LoggingEvent event(String logger, String text) {
    LoggingEvent event = new LoggingEvent();
    event.setLoggerContext(context);
    event.setLoggerName(logger);
    event.setLevel(Level.INFO);
    event.setMessage(text);
    return event;
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
  void whoWritesToAFullQueueDoesNotWaitAndWhatIsLostIsCountedAndTold() throws InterruptedException {
    Gate gate = gate();
    batching.setQueueSize(2);
    start();
    log(0);
    assertThat(gate.entered.await(20, TimeUnit.SECONDS)).isTrue();
    // The gate is shut: this thread would hang here if it had to wait.
    IntStream.range(1, 50).forEach(this::log);
    assertThat(LoggingState.of(context).lost(Log.SYSTEM)).isEqualTo(47);
    assertThat(written).isEmpty();
    gate.permits.release(50);
    for (String line : lines(3)) {
      assertThat(written.poll(20, TimeUnit.SECONDS)).isEqualTo(line);
    }
    assertThat(written.poll(20, TimeUnit.SECONDS)).startsWith("47 lines of this log were lost");
    batching.stop();
    assertThat(written).isEmpty();
  }

  @Test
  void aJsonLogTellsWhatItLostInJson() throws InterruptedException {
    Gate gate = gate();
    batching.setQueueSize(1);
    start();
    log(0);
    assertThat(gate.entered.await(20, TimeUnit.SECONDS)).isTrue();
    for (int i = 0; i < 4; i++) {
      log(Log.AUDIT.logger(), "audit");
      log(Log.ACCESS.logger(), "access");
    }
    gate.permits.release(50);
    batching.stop();
    assertThat(written)
        .hasSize(4)
        .anySatisfy(
            line ->
                assertThat(line)
                    .matches(
                        "\\{\"log\":\"access\",\"time\":\"[^\"]+\",\"event\":\"lines-lost\","
                            + "\"count\":4}"))
        .anySatisfy(
            line -> assertThat(line).contains("\"log\":\"audit\"", "lines-lost", "\"count\":3"));
  }

  @Test
  void whoIsTheOnlyArgumentOfALostLineIsTold() throws InterruptedException {
    List<String> told = new ArrayList<>();
    BatchingAppender.Receipt receipt = () -> told.add("lost");
    Gate gate = gate();
    batching.setQueueSize(1);
    start();
    log(0);
    assertThat(gate.entered.await(20, TimeUnit.SECONDS)).isTrue();
    for (int i = 0; i < 3; i++) {
      LoggingEvent event = event(Log.AUDIT.logger(), "{}");
      event.setArgumentArray(new Object[] {receipt});
      batching.doAppend(event);
    }
    assertThat(told).hasSize(2);
    gate.permits.release(50);
  }

  @Test
  void itIsUnwritableWhenThreeQuartersOfTheQueueAreFullAndNoMoreWhenTheyAreNot()
      throws InterruptedException {
    Gate gate = gate();
    batching.setQueueSize(4);
    start();
    log(0);
    assertThat(gate.entered.await(20, TimeUnit.SECONDS)).isTrue();
    log(1);
    log(2);
    assertThat(batching.isUnwritable()).isFalse();
    log(3);
    assertThat(batching.isUnwritable()).isTrue();
    assertThat(batching.waiting()).isEqualTo(3);
    gate.permits.release(50);
    Eventually.equal("unwritable", false, batching::isUnwritable);
  }

  @Test
  void aStopDoesNotWaitForAWriteThatDoesNotEnd() throws InterruptedException {
    Gate gate = gate();
    start();
    log(0);
    assertThat(gate.entered.await(20, TimeUnit.SECONDS)).isTrue();
    batching.stop();
    assertThat(batching.isStarted()).isFalse();
    gate.permits.release(1);
    assertThat(written.poll(20, TimeUnit.SECONDS)).isEqualTo("line 0");
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
