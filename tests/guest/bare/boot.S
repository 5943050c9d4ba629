/*
 * From the machine's 32-bit entry to main() in 64-bit mode: what a boot loader
 * would leave behind. QEMU's -kernel finds the entry by the PVH note and
 * enters with flat segments, paging off, interrupts off.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define PVH_ENTRY       18              /* the type of the note */
#define CR4_PAE         (1 << 5)
#define MSR_EFER        0xc0000080
#define EFER_LME        (1 << 8)
#define CR0_PG          (1 << 31)
#define PRESENT_WRITE   0x3
#define LARGE_PAGE      0x80

        .section .note.pvh, "a", @note
        .long   4, 4, PVH_ENTRY         /* sizes of name and value, type */
        .asciz  "Xen"
        .long   _start

        .text
        .code32
        .globl  _start
_start: mov     $stack_top, %esp

        /* The first 4 GiB, where all that we touch is, each at itself. */
        movl    $(pdpt + PRESENT_WRITE), pml4
        mov     $pdpt, %edi
        mov     $(directories + PRESENT_WRITE), %eax
1:      mov     %eax, (%edi)
        add     $8, %edi
        add     $0x1000, %eax
        cmp     $(pdpt + 4 * 8), %edi
        jne     1b
        mov     $directories, %edi
        mov     $(PRESENT_WRITE | LARGE_PAGE), %eax
2:      mov     %eax, (%edi)
        add     $8, %edi
        add     $0x200000, %eax
        jnc     2b                      /* until 4 GiB */

        mov     %cr4, %eax
        or      $CR4_PAE, %eax
        mov     %eax, %cr4
        mov     $pml4, %eax
        mov     %eax, %cr3
        mov     $MSR_EFER, %ecx
        rdmsr
        or      $EFER_LME, %eax
        wrmsr
        mov     %cr0, %eax
        or      $CR0_PG, %eax
        mov     %eax, %cr0
        lgdt    gdt_pointer
        ljmp    $8, $long_mode

        .code64
long_mode:
        mov     $16, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %ss
        call    main
3:      hlt
        jmp     3b

        .section .rodata
        .balign 8
gdt:    .quad   0
        .quad   0x00209a0000000000      /* 8: 64-bit code */
        .quad   0x0000920000000000      /* 16: data */
gdt_pointer:
        .word   gdt_pointer - gdt - 1
        .long   gdt

        .bss
        .balign 0x1000
pml4:   .skip   0x1000
pdpt:   .skip   0x1000
directories:
        .skip   4 * 0x1000
        .skip   0x4000
stack_top:

        .section .note.GNU-stack, "", @progbits
